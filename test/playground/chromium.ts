// A real browser for the playground's tests: Debian's Chromium, or the one that CHROMIUM names.
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** @throws Error where there is none, with how to get it */
export async function openChromium(): Promise<Browser> {
  const executablePath = [process.env['CHROMIUM'] ?? '', ...places].find((place) => place !== '' && existsSync(place))
  if (executablePath === undefined) {
    throw new Error(
      `There is no Chromium at ${places.join(', ')}. Install it (Debian: apt-get install chromium fonts-nanum), ` +
        'or say where it is: CHROMIUM=/path/to/chromium npm run test:playground',
    )
  }
  const flags = process.env['CHROMIUM_FLAGS']?.split(' ') ?? ['--no-sandbox', '--disable-dev-shm-usage']
  return await chromium.launch({ executablePath, args: ['--headless=new', ...flags] })
}
