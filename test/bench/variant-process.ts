// Runs a variant in a process of its own: plain Node, and the built package by its name, as users have it.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { buildSync } from 'esbuild'
import type { Measurement } from './report.ts'

export interface Variant {
  /** The file in variants/. */
  readonly file: string
  readonly arguments?: readonly string[]
  readonly nodeOptions?: readonly string[]
}

const execute = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

/** The variant as one script. A loader for TypeScript in the measured process would be part of what is measured. */
export function compile({ file }: Variant): string {
  const entry = fileURLToPath(new URL(`variants/${file}.ts`, import.meta.url))
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    // The paths of the repository's tsconfig lead to the source.
    tsconfigRaw: {},
  })
  return outputFiles.map(({ text }) => text).join('\n')
}

/** A script given as text finds packages from the working directory; there `kafkalet` is the package itself. */
export async function run(script: string, variant: Variant): Promise<Measurement> {
  const { arguments: own = [], nodeOptions = [] } = variant
  const all = [...nodeOptions, '--input-type=module', '--eval', script, '--', ...own]
  const { stdout } = await execute(process.execPath, all, { cwd: root })
  return JSON.parse(stdout) as Measurement
}
