// The film of a test that failed, in a file beside it. Without a file system, as in a browser, there is none.

import type { RunnerTask } from 'vitest'

interface FileSystem {
  mkdirSync(path: string, options: { readonly recursive: true }): unknown
  writeFileSync(path: string, text: string): void
  existsSync(path: string): boolean
  rmSync(path: string): void
}

const FOLDER = '__kafkalet__'
const LONGEST_NAME = 120

/** Where it was written; null where it cannot be. */
export function writeFilm(task: RunnerTask, svg: string): string | null {
  const files = fileSystem()
  const path = filmPath(task)
  if (files === null || path === null) return null
  try {
    files.mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true })
    files.writeFileSync(path, svg)
    return path
  } catch {
    // What cannot be written must not hide why the test failed.
    return null
  }
}

/** The test has passed: what it left when it failed tells nothing any more. */
export function removeFilm(task: RunnerTask): void {
  const files = fileSystem()
  const path = filmPath(task)
  if (files === null || path === null) return
  try {
    if (files.existsSync(path)) files.rmSync(path)
  } catch {
    // Somebody else may have removed it meanwhile.
  }
}

function filmPath(task: RunnerTask): string | null {
  const { filepath } = task.file
  const slash = Math.max(filepath.lastIndexOf('/'), filepath.lastIndexOf('\\'))
  if (slash < 0) return null
  const names = [task.name]
  for (let { suite } = task; suite !== undefined; suite = suite.suite) names.unshift(suite.name)
  const name = [filepath.slice(slash + 1), ...names].map(plain).join('.').slice(0, LONGEST_NAME)
  return `${filepath.slice(0, slash)}/${FOLDER}/${name}.svg`
}

/** Asked of the host when it is needed, and not imported: elsewhere than in Node there is none. */
function fileSystem(): FileSystem | null {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: 'node:fs'): FileSystem | undefined } }
  return process?.getBuiltinModule?.('node:fs') ?? null
}

/** Letters and digits of any script, which every file system has. */
function plain(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
}
