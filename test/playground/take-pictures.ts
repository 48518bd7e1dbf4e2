// npm run playground:pictures: each lesson at the end of its last step, for the README.
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lessons } from '../../examples/lessons/contents.ts'
import { openChromium } from './chromium.ts'
import { openSite } from './site.ts'

const folder = fileURLToPath(new URL('../../examples/playground/pictures', import.meta.url))
const viewport = { width: 1200, height: 760 }

await mkdir(folder, { recursive: true })
await using site = await openSite()
const browser = await openChromium()
for (const { number, steps } of lessons) {
  const link = `${site.url}#lesson=${number}&step=${steps.length}&lang=en&theme=light`
  const page = await browser.newPage({ viewport, reducedMotion: 'reduce' })
  await page.goto(link)
  await page.waitForFunction("performance.getEntriesByName('usable').length > 0")
  const path = join(folder, `lesson-${number}.jpg`)
  await page.screenshot({ path, type: 'jpeg', quality: 62 })
  await page.close()
  console.log(`${path} ${Math.round((await stat(path)).size / 1_000)} kB`)
}
await browser.close()
