import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    // Tests import the package by its name, and run the source.
    alias: [
      { find: /^kafkalet$/, replacement: source('./src/index.ts') },
      { find: /^kafkalet\/testing$/, replacement: source('./src/testing/index.ts') },
      { find: /^kafkalet\/vitest$/, replacement: source('./src/vitest/index.ts') },
    ],
  },
  test: {
    // No test waits for time; those with many random cases take theirs on a busy machine.
    testTimeout: 30_000,
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts', 'test/fake-timers/with-vitest.mjs'],
    typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'] },
  },
})
