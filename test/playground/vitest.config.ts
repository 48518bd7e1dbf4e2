// The tests of the page need a Chromium, so they are not part of npm test.
import { fileURLToPath } from 'node:url'
import { mergeConfig } from 'vitest/config'
import base from '../../vitest.config.ts'

export default mergeConfig(
  { ...base, test: {} },
  {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    test: {
      include: ['test/playground/*.browser.ts'],
      testTimeout: 60_000,
      hookTimeout: 60_000,
      fileParallelism: false,
    },
  },
)
