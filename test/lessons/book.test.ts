// The examples' README is a book whose chapters can be run.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { lessons } from '../../examples/lessons/contents.ts'

const folder = new URL('../../examples/', import.meta.url)
const readme = readFileSync(new URL('README.md', folder), 'utf8')
const lines = readme.split('\n')

describe('the README of the examples', () => {
  test.each(lessons)('tells how lesson $number is run', ({ number }) => {
    const rows = lines.filter((line) => line.startsWith(`| ${number} |`))
    expect(rows).toEqual([expect.stringContaining(`\`npm run lesson ${number}\``)])
  })

  test('links to files that are there', () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link)
    expect(links.length).toBeGreaterThan(10)
    expect(links.filter((link) => !existsSync(fileURLToPath(new URL(link, folder))))).toEqual([])
  })
})
