// npm run playground:pictures: each lesson at the end of its last step, for the README.
import { mkdir, stat, writeFile } from 'node:fs/promises'
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
  await page.waitForFunction(() => performance.getEntriesByName('usable').length > 0)
  const path = join(folder, `lesson-${number}.webp`)
  await writeFile(path, await asWebp(await page.screenshot()))
  await page.close()
  console.log(`${path} ${Math.round((await stat(path)).size / 1_000)} kB`)
}
await browser.close()

/** Half the size of a PNG; the browser knows how. */
async function asWebp(png: Buffer): Promise<Buffer> {
  const page = await browser.newPage()
  const bytes = await page.evaluate(
    async (source) => {
      const image = new Image()
      image.src = source
      await image.decode()
      const canvas = new OffscreenCanvas(image.width, image.height)
      canvas.getContext('2d')?.drawImage(image, 0, 0)
      const blob = await (await canvas.convertToBlob({ type: 'image/webp', quality: 0.7 })).arrayBuffer()
      return Array.from(new Uint8Array(blob))
    },
    `data:image/png;base64,${png.toString('base64')}`,
  )
  await page.close()
  return Buffer.from(bytes)
}
