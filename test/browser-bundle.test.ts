// The core runs in a browser: it bundles without Node's modules, and its bundle works with web globals alone.
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { type BuildOptions, build } from 'esbuild'
import { expect, test } from 'vitest'
import { freeIdentifiers } from './support/free-identifiers.ts'

const options = {
  entryPoints: [fileURLToPath(new URL('../src/index.ts', import.meta.url))],
  bundle: true,
  platform: 'browser',
  target: 'es2022',
  format: 'esm',
  write: false,
  metafile: true,
  logLevel: 'silent',
} as const satisfies BuildOptions

test('the core bundles for a browser, and nothing is left to import', async () => {
  const { warnings, metafile } = await build(options)

  expect(warnings).toEqual([])
  expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([])
})

test('the bundle uses no global that only Node has', async () => {
  const { outputFiles } = await build(options)

  const used = outputFiles.flatMap(({ text }) => freeIdentifiers(text, ['Buffer', 'process', 'require', 'global']))
  expect(used).toEqual([])
})

test('a record is produced and consumed where there are only web globals', async () => {
  const { outputFiles } = await build({ ...options, format: 'iife', globalName: 'kafkalet' })
  const context = createContext({ ...webGlobals })

  runInContext(outputFiles.map(({ text }) => text).join('\n'), context)
  const consumed: unknown = await runInContext(scenario, context)

  expect(consumed).toBe('t-0@0 k=v')
})

const scenario = `(async () => {
  const kafka = new kafkalet.Kafkalet()
  const producer = kafka.producer()
  await producer.send({ topic: 't', key: 'k', value: 'v' })
  const consumer = kafka.consumer({ groupId: 'g', topics: ['t'], autoOffsetReset: 'earliest' })
  const records = await consumer.poll({ timeoutMs: 1000 })
  await kafka.close()
  return records.map((record) => \`\${record.topic}-\${record.partition}@\${record.offset} \${record.key}=\${record.value}\`).join()
})()`

// A context brings the language's own globals; these are the web's. Its bytes must be the ones TextEncoder makes.
const webGlobals = {
  AbortController,
  AbortSignal,
  ArrayBuffer,
  DOMException,
  DataView,
  Event,
  EventTarget,
  TextDecoder,
  TextEncoder,
  URL,
  Uint8Array,
  atob,
  btoa,
  clearTimeout,
  console,
  // A browser's timers are numbers.
  setTimeout: (fire: () => void, ms: number) => Number(setTimeout(fire, ms)),
}
