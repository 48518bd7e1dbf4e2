// Every snippet of the README runs, and prints what its comments say; or it stands in the file that it names.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { afterAll, describe, expect, test, vi } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const folder = mkdtempSync(join(root, 'test/support/readme-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Snippet {
  readonly title: string
  readonly code: string
}

function snippets(markdown: string): Snippet[] {
  let title = ''
  return [...markdown.matchAll(/^## (?<title>.+)$|^```ts\n(?<code>[\s\S]*?)^```$/gm)].flatMap(({ groups }) => {
    if (groups?.['title']) title = groups['title']
    return groups?.['code'] ? [{ title, code: groups['code'] }] : []
  })
}

interface Excerpt {
  readonly file: string
  readonly code: string
}

/** Snippets that begin with ```ts and a file. They are a part of it, which its own tests run. */
function excerpts(markdown: string): Excerpt[] {
  return [...markdown.matchAll(/^```\w+ (?<file>\S+)\n(?<code>[\s\S]*?)^```$/gm)].map(({ groups }) => ({
    file: groups?.['file'] ?? '',
    code: groups?.['code'] ?? '',
  }))
}

/** What the comments behind console.log, or on lines of their own below it, say. */
function expectedOutput(code: string): string[] {
  return code.split('\n').flatMap((line) => {
    const comment = line.match(/console\.log\(.*\),? \/\/ (.*)$/)?.[1] ?? line.match(/^\s*\/\/ (.*)$/)?.[1]
    return comment === undefined ? [] : [comment]
  })
}

describe('README', () => {
  test.each(snippets(readme))('$title: the snippet runs and prints what it says', async ({ title, code }) => {
    const printed: string[] = []
    const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
      printed.push(values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' '))
    })
    const file = join(folder, `${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}.ts`)
    writeFileSync(file, code)
    try {
      await import(pathToFileURL(file).href)
    } finally {
      log.mockRestore()
    }
    const expected = expectedOutput(code)
    expect(expected.length).toBeGreaterThan(0)
    expect([...printed].sort()).toEqual([...expected].sort())
  })

  test('shows of other files what they say', () => {
    const shown = excerpts(readme)
    expect(shown.length).toBeGreaterThan(5)
    expect(shown.filter(({ file, code }) => !readFileSync(join(root, file), 'utf8').includes(code))).toEqual([])
  })

  test('has a quickstart of less than ten lines', () => {
    const [quickstart] = snippets(readme)
    expect(quickstart?.code.trim().split('\n').length).toBeLessThan(10)
  })

  test('links to files that exist', () => {
    const files = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)].map(([, path]) => path ?? '')
    expect(files.length).toBeGreaterThan(3)
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
  })

  test('names only files that exist as proofs', () => {
    const files = [...readme.matchAll(/`((?:test|src)\/[\w./-]+)`/g)].map(([, path]) => path ?? '')
    expect(files.length).toBeGreaterThan(5)
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
  })
})
