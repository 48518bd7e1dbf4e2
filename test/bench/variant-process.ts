// Runs a variant in a process of its own: plain Node, and the built package by its name, installed as users have it.

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import type { Measurement } from './report.ts'

export interface Variant {
  /** The file in variants/. */
  readonly file: string
  readonly arguments?: readonly string[]
  readonly nodeOptions?: readonly string[]
}

const execute = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const sources = fileURLToPath(new URL('variants', import.meta.url))

/** A folder in which the variants are scripts: what loads TypeScript would be part of what is measured. */
export class Workshop implements AsyncDisposable {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async open(variants: readonly Variant[]): Promise<Workshop> {
    const folder = await mkdtemp(join(tmpdir(), 'kafkalet-bench-'))
    await mkdir(join(folder, 'node_modules'))
    await symlink(root, join(folder, 'node_modules', 'kafkalet'), 'junction')
    await build({
      entryPoints: [...new Set(variants.map(({ file }) => join(sources, `${file}.ts`)))],
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      external: ['kafkalet'],
      // The paths of the repository's tsconfig lead to the source.
      tsconfigRaw: {},
    })
    return new Workshop(folder)
  }

  async run({ file, arguments: own = [], nodeOptions = [] }: Variant): Promise<Measurement> {
    const script = join(this.#folder, `${file}.mjs`)
    const { stdout } = await execute(process.execPath, [...nodeOptions, script, ...own])
    return JSON.parse(stdout) as Measurement
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true })
  }
}
