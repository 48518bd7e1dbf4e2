// What a reader can do beside the lessons, and what any page owes its readers: links, languages, keys, narrow screens.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openChromium } from './chromium.ts'
import { read } from './seen.ts'
import { openSite, type Site, siteFolder } from './site.ts'
import { visit } from './visit.ts'

/** Against growth that nobody has seen. Of the first load two thirds are the library. */
const LARGEST_FIRST_LOAD_BYTES = 130_000
const LARGEST_SITE_BYTES = 165_000
const MOST_RECORDS = 300

let browser: Browser
let site: Site

beforeAll(async () => {
  site = await openSite()
  browser = await openChromium()
})

afterAll(async () => {
  await browser.close()
  await site[Symbol.asyncDispose]()
})

const free = (more = '') => `${site.url}#lesson=free${more}&lang=en`

/** Everything that was asked for so far is shown. */
async function settled(page: Page, own: number): Promise<void> {
  await page.locator('#facts', { hasText: `Your own steps: ${own}` }).waitFor()
}

describe('free play', () => {
  test('records that a reader produces stand in the lanes, and Back takes them out again', async () => {
    await using reader = await visit(browser, free())
    const { page } = reader
    const before = await read(page)
    await page.fill('#produce [name=key]', 'zoe')
    await page.fill('#produce [name=value]', 'cake')
    await page.click('#produce button:not([type])')
    await settled(page, 1)
    expect((await read(page)).lanes.filter((record) => record.endsWith('Key zoe, cake'))).toHaveLength(1)
    await page.click('#back')
    await expect.poll(() => read(page)).toEqual(before)
  })

  test('a crashed consumer is silent, and its partitions pass on when its session is over', async () => {
    await using reader = await visit(browser, free())
    const { page } = reader
    await page.click('#add-consumer')
    await settled(page, 2)
    await page.click('[data-pass="10000"]')
    await settled(page, 3)
    expect(await page.locator('[data-consumer="bob"] .own').count()).toBeGreaterThan(0)

    await page.click('[data-consumer="bob"] button:has-text("crash")')
    await settled(page, 4)
    expect(await page.locator('[data-consumer="bob"] .heart').getAttribute('aria-label')).toContain('silent')
    await page.click('[data-pass="60000"]')
    await settled(page, 5)
    expect(await page.locator('[data-consumer="ada"] .own').count()).toBe(3)
    expect(reader.complaints).toEqual([])
  })

  test('a second group and a fourth partition come, and a link shows the same to somebody else', async () => {
    await using reader = await visit(browser, free())
    const { page } = reader
    await page.click('#add-group')
    await settled(page, 2)
    await page.click('#add-partition')
    await settled(page, 3)
    await page.click('#produce-ten')
    await settled(page, 4)
    await page.click('[data-pass="10000"]')
    await settled(page, 5)
    const seen = await read(page)
    expect(seen.groups).toHaveLength(2)
    expect(seen.keys.join()).toMatch(/orders\|\d+,\d+,\d+,\d+\|/)

    await using other = await visit(browser, page.url())
    expect(await read(other.page)).toEqual(seen)
  })

  test('what the library refuses is told, and nothing has changed', async () => {
    await using reader = await visit(browser, `${free()}&do=crash,ada;poll,ada`)
    const { page } = reader
    expect(await page.locator('.notice').textContent()).toContain('ada is crashed')
    expect(page.url()).toContain('do=crash,ada&')
  })

  test('a link that nobody can read opens the lesson without it', async () => {
    await using reader = await visit(browser, `${free()}&do=launch,rocket`)
    expect(await reader.page.locator('.notice').textContent()).toContain('could not be understood')
    expect((await read(reader.page)).consumers).toHaveLength(1)
  })

  test('while it plays, time passes', async () => {
    await using reader = await visit(browser, free())
    const { page } = reader
    await page.keyboard.press(' ')
    await settled(page, 2)
    await page.keyboard.press(' ')
    expect(Number.parseInt((await read(page)).clock, 10)).toBeGreaterThanOrEqual(2_000)
  })

  test('draws no more records than it can, and says how many it leaves out', async () => {
    await using reader = await visit(browser, free(`&do=${'produce,orders,k,v,0'}*400`))
    const { page } = reader
    expect(await page.locator('[data-record]').count()).toBeLessThanOrEqual(MOST_RECORDS)
    expect(await page.locator('#lanes h3').textContent()).toMatch(/\d+ older records are not drawn/)
  })
})

describe('the page', () => {
  test('shows a record that is chosen by keys: its bytes, its hash, its partition', async () => {
    await using reader = await visit(browser, free())
    const { page } = reader
    await page.locator('[data-record][tabindex="0"]').focus()
    await page.keyboard.press('ArrowRight')
    await page.locator('#record b').first().waitFor()
    expect(await page.locator('#record').textContent()).toMatch(/orders-0@1.*key bytes.*62 6f 62.*% 3 = 0/s)
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-record'))).toBe('orders-0@1')
  })

  test('leaves of __consumer_offsets what compaction would', async () => {
    await using reader = await visit(browser, free('&do=commit,ada;pass,10000;commit,ada'))
    const { page } = reader
    const whole = (await read(page)).offsets
    await page.click('#compact')
    await page.locator('#compact[aria-pressed="true"]').waitFor()
    expect((await read(page)).offsets).toEqual(whole.filter((row) => !row.includes('superseded')))
    expect(whole.some((row) => row.includes('superseded'))).toBe(true)
  })

  test('speaks Korean, and the link keeps it', async () => {
    await using reader = await visit(browser, free(), { locale: 'ko-KR' })
    await reader.page.click('[data-language=ko]')
    await expect.poll(() => reader.page.textContent('#next')).toContain('다음')
    expect(reader.page.url()).toContain('lang=ko')
    expect(await reader.page.getAttribute('html', 'lang')).toBe('ko')
  })

  test('is dark where the reader wants it so', async () => {
    const background = (page: Page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
    await using dark = await visit(browser, free(), { colorScheme: 'dark' })
    const darkness = await background(dark.page)
    await dark.page.click('[data-theme-choice=light]')
    await expect.poll(() => background(dark.page)).not.toBe(darkness)
  })

  test('fits on 320 pixels', async () => {
    await using reader = await visit(browser, free(), { viewport: { width: 320, height: 640 } })
    expect(await reader.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320)
  })

  test('keeps still where motion is not wanted', async () => {
    const animated = (page: Page) =>
      page.evaluate(() => getComputedStyle(document.querySelector('.record.new rect') ?? document.body).animationName)
    await using moving = await visit(browser, free(), { reducedMotion: 'no-preference' })
    expect(await animated(moving.page)).toBe('arrive')
    await using still = await visit(browser, free(), { reducedMotion: 'reduce' })
    expect(await animated(still.page)).toBe('none')
  })

  test('may ask nobody but its own site', async () => {
    await using reader = await visit(browser, free())
    const policy = await reader.page.getAttribute('meta[http-equiv="Content-Security-Policy"]', 'content')
    expect(policy).toContain("default-src 'none'")
    expect(await reader.page.evaluate(() => fetch('https://example.com/').then(String, () => 'refused'))).toBe(
      'refused',
    )
  })
})

describe('figures', () => {
  test('the first lesson and the whole site are no larger, zipped, than they are known to be', async () => {
    await using reader = await visit(browser, site.url)
    const names = await reader.page.evaluate(() => {
      const usableAt = performance.getEntriesByName('usable')[0]?.startTime ?? 0
      const loaded = performance.getEntriesByType('resource').filter(({ startTime }) => startTime < usableAt)
      return [...new Set(loaded.map(({ name }) => new URL(name).pathname))]
    })
    const first = ['index.html', ...names].map(
      (name) => gzipSync(readFileSync(join(siteFolder, name)), { level: 9 }).length,
    )
    const all = readdirSync(join(siteFolder, 'assets')).map(
      (name) => gzipSync(readFileSync(join(siteFolder, 'assets', name)), { level: 9 }).length,
    )
    const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0)
    console.log(
      `first load ${sum(first)} bytes zipped, in ${first.length} files; the whole site ${sum(all) + (first[0] ?? 0)}`,
    )
    expect(first.length).toBeGreaterThan(2)
    expect(sum(first)).toBeLessThanOrEqual(LARGEST_FIRST_LOAD_BYTES)
    expect(sum(all) + (first[0] ?? 0)).toBeLessThanOrEqual(LARGEST_SITE_BYTES)
  })

  test('how long a load, a frame with 300 records and a step take', async () => {
    await using reader = await visit(
      browser,
      free(`&do=${'produce,orders,k,v,0'}*100;${'produce,orders,l,v,1'}*100;${'produce,orders,m,v,2'}*100`),
    )
    const { page } = reader
    const frames: number[] = []
    for (let i = 0; i < 10; i++) frames.push(await page.evaluate(drawOnce))
    await page.click('#produce-ten')
    await settled(page, 301)
    const own = await page.evaluate(() => performance.getEntriesByName('drawn').at(-1)?.duration ?? 0)
    await using lesson = await visit(browser, site.url)
    const usable = await lesson.page.evaluate(() => performance.getEntriesByName('usable')[0]?.startTime ?? 0)
    const step = await lesson.page.evaluate(stepOnce)
    const median = frames.sort((one, other) => one - other)[5] ?? 0
    console.log(
      `usable after ${usable.toFixed(0)} ms; frame with 300 records ${median.toFixed(1)} ms (after new records ${own.toFixed(1)} ms); a lesson's step ${step.toFixed(1)} ms`,
    )
    expect([usable, median, own, step].every((ms) => ms > 0)).toBe(true)
  })
})

/** Runs in the page: script and layout of one frame, in which another record is chosen. */
async function drawOnce(): Promise<number> {
  const records = document.querySelectorAll('[data-record]')
  const record = records[Math.floor(records.length / 2) + performance.getEntriesByName('drawn').length]
  const startedAt = performance.now()
  record?.dispatchEvent(new MouseEvent('click', { bubbles: true }))
  // A turn of the event loop, without the time that a timer adds.
  await new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = resolve
    port2.postMessage(null)
  })
  document.body.getBoundingClientRect()
  return performance.now() - startedAt
}

/** Runs in the page: from the key to the step's picture. */
async function stepOnce(): Promise<number> {
  const startedAt = performance.now()
  const before = document.querySelector('.sentence')?.textContent
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }))
  while (document.querySelector('.sentence')?.textContent === before) await Promise.resolve()
  document.body.getBoundingClientRect()
  return performance.now() - startedAt
}
