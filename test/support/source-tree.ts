// The files of src/ and what each imports: what the house rules are asked about.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { fileURLToPath } from 'node:url'

const sourceFolder = fileURLToPath(new URL('../../src/', import.meta.url))

export interface SourceImport {
  readonly specifier: string
  /** The path of the imported file under src/, or null for a package. */
  readonly target: string | null
  readonly typeOnly: boolean
}

export interface SourceFile {
  /** Under src/, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly imports: readonly SourceImport[]
}

export function readSourceTree(): SourceFile[] {
  return readdirSync(sourceFolder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => sourceFile(path, readFileSync(join(sourceFolder, path), 'utf8')))
}

function sourceFile(path: string, text: string): SourceFile {
  return { path, text, imports: importsOf(path, text) }
}

/** The text without comments, and with every string emptied: what is left is code. */
export function codeOf(text: string): string {
  return text.replaceAll(COMMENT_OR_STRING, (found) => (found.startsWith('/') ? '' : "''"))
}

const COMMENT_OR_STRING = /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g

// `import … from`, `export … from`, a bare `import` at the start of a line, or `import(…)` anywhere.
const IMPORT =
  /^(?:import|export)\s+(?:(?<type>type\s+)?(?:\w+\s*,\s*)?(?:\w+|\{[^}]*\}|\*(?:\s+as\s+\w+)?)\s*from\s*)?['"](?<from>[^'"]+)['"]|\bimport\(\s*['"](?<call>[^'"]+)['"]\s*\)/gm

function importsOf(path: string, text: string): SourceImport[] {
  return [...text.matchAll(IMPORT)].map(({ groups = {} }) => {
    const specifier = groups['from'] ?? groups['call'] ?? ''
    const target = specifier.startsWith('.') ? join(dirname(path), specifier) : null
    return { specifier, target, typeOnly: groups['type'] !== undefined }
  })
}

/** The paths that can be reached from `entries` by following imports. */
export function reachable(files: readonly SourceFile[], entries: readonly string[]): Set<string> {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const reached = new Set<string>(entries)
  // A set iterates over what is added to it meanwhile.
  for (const path of reached) {
    for (const { target } of byPath.get(path)?.imports ?? []) if (target !== null) reached.add(target)
  }
  return reached
}

/** A chain of imports that ends where it began, for each import that closes one. */
export function importCycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const finished = new Set<string>()
  const cycles: string[] = []
  for (const { path } of files) visit(path, [])
  return cycles

  function visit(path: string, chain: readonly string[]): void {
    if (chain.includes(path)) {
      cycles.push([...chain.slice(chain.indexOf(path)), path].join(' → '))
      return
    }
    if (finished.has(path)) return
    for (const { target, typeOnly } of byPath.get(path)?.imports ?? []) {
      // Two files of one folder may know each other's types.
      if (target === null || (typeOnly && dirname(target) === dirname(path))) continue
      visit(target, [...chain, path])
    }
    finished.add(path)
  }
}
