// Each lesson is walked to its end in a real browser; every panel says what the library says.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Classroom } from '../../examples/lessons/classroom.ts'
import { lessons } from '../../examples/lessons/contents.ts'
import type { Lesson, Step } from '../../examples/lessons/lesson.ts'
import { openChromium } from './chromium.ts'
import { expectedOf, read, type Seen } from './seen.ts'
import { openSite, type Site } from './site.ts'
import { visit } from './visit.ts'

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

const linkTo = ({ number }: Lesson, step: number) => `${site.url}#lesson=${number}&step=${step + 1}&lang=en`

/** What the library says after each step, the question tried out included. */
async function told({ steps, question }: Lesson): Promise<{ readonly step: Step; readonly seen: Seen }[]> {
  await using room = new Classroom()
  const after = []
  for (const step of [...steps, question.tryOut]) {
    for (const action of step.actions) await room.do(action)
    after.push({ step, seen: expectedOf(await room.look()) })
  }
  return after
}

async function sentence(page: Page): Promise<string> {
  return (await page.textContent('#say .sentence'))?.trim() ?? ''
}

/** Where each panel is. */
async function places(page: Page): Promise<string[]> {
  return await page.evaluate(() =>
    [...document.querySelectorAll('.panel, .say, .controls, .facts, .question')].map((each) => {
      const { x, y, width, height } = each.getBoundingClientRect()
      return `${each.id || each.className}: ${[x, y + scrollY, width, height].map(Math.round).join(' ')}`.replace(
        ' later',
        '',
      )
    }),
  )
}

describe.each(lessons)('lesson $number, $title.en', (lesson) => {
  test('shows at each step what the library says, and nothing moves', async () => {
    const steps = await told(lesson)
    await using reader = await visit(browser, linkTo(lesson, 0))
    const { page } = reader
    const first = await places(page)

    for (const [index, { step, seen }] of steps.entries()) {
      await expect.poll(() => sentence(page)).toBe(step.say.en)
      expect(await read(page), `step ${index + 1}`).toEqual(seen)
      const facts = await page.locator('#facts li').allTextContents()
      expect(facts.length).toBeGreaterThan(0)
      expect(facts.filter((fact) => !fact.includes('✓'))).toEqual([])
      expect(await places(page)).toEqual(first)
      if (index < lesson.steps.length - 1) await page.keyboard.press('ArrowRight')
      else if (index < steps.length - 1) await page.locator('.choice').nth(lesson.question.answer).click()
    }

    expect(await page.textContent('.verdict')).toContain('That is it.')
    expect(reader.complaints).toEqual([])
    expect(reader.strangeRequests).toEqual([])
    expect(await reader.layoutShift()).toEqual({ score: 0, moved: '' })
  })

  test('goes back step by step to what was seen before, and a link leads to the same', async () => {
    const steps = await told(lesson)
    await using reader = await visit(browser, linkTo(lesson, lesson.steps.length - 1))
    const { page } = reader
    for (const { step, seen } of steps.slice(0, lesson.steps.length).reverse()) {
      await expect.poll(() => sentence(page)).toBe(step.say.en)
      expect(await read(page)).toEqual(seen)
      await page.keyboard.press('ArrowLeft')
    }
    expect(reader.complaints).toEqual([])
  })
})
