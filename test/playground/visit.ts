// A visit to the playground, which notes everything that a page should not do.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

export interface Visit extends AsyncDisposable {
  readonly page: Page
  /** What the console was told as a warning or an error, and what was thrown. */
  readonly complaints: readonly string[]
  /** Requests that went anywhere but to the site. */
  readonly strangeRequests: readonly string[]
  /** How far things have moved since the page was opened, as Chromium reckons layout shift, a reader's input or not. */
  layoutShift(): Promise<{ readonly score: number; readonly moved: string }>
}

export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, locale: 'en-US', ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  const strangeRequests: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'warning' || message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    const to = request.url()
    if (!to.startsWith(new URL('/', url).href) && !to.startsWith('data:')) strangeRequests.push(to)
  })
  await page.goto(url)
  await page.waitForFunction(() => performance.getEntriesByName('usable').length > 0)
  await page.evaluate(noteLayoutShift)
  return {
    page,
    complaints,
    strangeRequests,
    layoutShift: async () =>
      await page.evaluate(() => {
        const { shift = '0', moved = '' } = document.documentElement.dataset
        return { score: Number(shift), moved }
      }),
    [Symbol.asyncDispose]: async () => await context.close(),
  }
}

/** Runs in the page. */
function noteLayoutShift(): void {
  const moved = new Set<string>()
  const nameOf = (node: unknown) => {
    const element = node instanceof Element ? node : node instanceof Node ? node.parentElement : null
    return element
      ? `${element.closest('[id]')?.id} ${element.tagName} ${element.getAttribute('class')} ${element.textContent?.trim().slice(0, 30)}`
      : '?'
  }
  new PerformanceObserver((list) => {
    const { dataset } = document.documentElement
    for (const entry of list.getEntries()) {
      const value = 'value' in entry ? Number(entry.value) : 0
      dataset['shift'] = String(Number(dataset['shift'] ?? 0) + value)
      const sources = 'sources' in entry && Array.isArray(entry.sources) ? entry.sources : []
      for (const { node } of sources) moved.add(nameOf(node))
    }
    dataset['moved'] = [...moved].join('\n')
  }).observe({ type: 'layout-shift' })
}
