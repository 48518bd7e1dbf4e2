// The house rules of src/, as tests.
import { isBuiltin } from 'node:module'
import { basename } from 'node:path/posix'
import { describe, expect, test } from 'vitest'
import { freeIdentifiers } from './support/free-identifiers.ts'
import { codeOf, importCycles, reachable, readSourceTree, type SourceFile } from './support/source-tree.ts'

interface Part {
  readonly part: string
  /** Beside its own files and the ground floor. A folder ends with a slash. */
  readonly mayImport: readonly string[]
  /** What of the ground floor is closed to it. */
  readonly mayNotImport?: readonly string[]
}

const everyPart = ['kafkalet.ts', 'clients/', 'wire/', 'broker/', 'groups/', 'transactions/', 'coordinator/', 'log/']
const clockAndChance = ['clock.ts', 'host-turn.ts', 'random.ts']

/** Imports run from the top of this table to its bottom. Every other file beside index.ts is the ground floor. */
const parts: readonly Part[] = [
  { part: 'index.ts', mayImport: everyPart },
  { part: 'vitest/', mayImport: ['testing/', ...everyPart] },
  { part: 'testing/', mayImport: everyPart },
  { part: 'kafkalet.ts', mayImport: ['clients/', 'wire/', 'broker/'] },
  {
    part: 'clients/',
    mayImport: [
      'broker/api.ts',
      'broker/group-api.ts',
      'broker/configs.ts',
      'broker/events.ts',
      'groups/subscription.ts',
      'groups/group-partition.ts',
      'groups/group-records.ts',
      'groups/assignors/',
      'log/control-record.ts',
      'log/record.ts',
      'log/record-batch.ts',
      'log/record-columns.ts',
      'log/record-size.ts',
    ],
  },
  { part: 'wire/', mayImport: ['broker/', 'groups/', 'transactions/', 'coordinator/', 'log/'] },
  { part: 'broker/', mayImport: ['groups/', 'transactions/', 'coordinator/', 'log/'] },
  { part: 'groups/', mayImport: ['coordinator/', 'log/'], mayNotImport: clockAndChance },
  { part: 'transactions/', mayImport: ['coordinator/', 'log/'], mayNotImport: clockAndChance },
  { part: 'coordinator/', mayImport: ['log/'], mayNotImport: clockAndChance },
  { part: 'log/', mayImport: [], mayNotImport: clockAndChance },
]
const groundFloor: Part = { part: 'the ground floor', mayImport: [] }

/** What users can import, and so what every file must be reached from. */
const entries = ['index.ts', 'testing/index.ts', 'vitest/index.ts']

const timeAndChance = [
  'Date.now',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'process.nextTick',
  'performance.now',
  'Math.random',
  'crypto',
]

const LONGEST_FILE_LINES = 400
const namesThatSayNothing = ['utils.ts', 'helpers.ts', 'types.ts', 'common.ts']

const files = readSourceTree()

describe('src', () => {
  test('has every folder in the table of parts', () => {
    expect(offenders((file) => file.path.includes('/') && partOf(file.path) === groundFloor)).toEqual([])
  })

  test('imports in one direction', () => {
    expect(files.flatMap(importsAgainstTheDirection)).toEqual([])
  })

  test('has no import cycle', () => {
    expect(importCycles(files)).toEqual([])
  })

  test('has no dead file', () => {
    const reached = reachable(files, entries)
    expect(offenders((file) => !file.path.endsWith('.d.ts') && !reached.has(file.path))).toEqual([])
  })

  test('takes time and chance from clock.ts, host-turn.ts and random.ts only', () => {
    const outside = files.filter(({ path }) => !clockAndChance.includes(path))
    expect(outside.flatMap((file) => globalsIn(file, timeAndChance))).toEqual([])
    // A date made from nothing is a reading of the clock.
    expect(
      offenders(({ path, text }) => !clockAndChance.includes(path) && /\bnew Date\b(?!\([^)])/.test(codeOf(text))),
    ).toEqual([])
  })

  test('knows Node in wire/ only', () => {
    const core = files.filter(({ path }) => !path.startsWith('wire/'))
    expect(core.flatMap((file) => globalsIn(file, ['Buffer']))).toEqual([])
    expect(core.flatMap((file) => describeImports(file, ({ specifier }) => isBuiltin(specifier)))).toEqual([])
  })

  test('switches no check off', () => {
    expect(offenders(({ text }) => /(?<!\.)\bany\b/.test(codeOf(text)))).toEqual([])
    expect(offenders(({ text }) => /\benum\s+\w/.test(codeOf(text)))).toEqual([])
    expect(offenders(({ text }) => /@ts-(?:ignore|nocheck|expect-error)|biome-ignore/.test(text))).toEqual([])
  })

  test('has short files with names that say something', () => {
    expect(offenders(({ text }) => text.split('\n').length - 1 > LONGEST_FILE_LINES)).toEqual([])
    expect(
      offenders(({ path }) => !/^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)*[a-z0-9]+(?:-[a-z0-9]+)*(?:\.d)?\.ts$/.test(path)),
    ).toEqual([])
    expect(offenders(({ path }) => namesThatSayNothing.includes(basename(path)))).toEqual([])
  })
})

function offenders(breaks: (file: SourceFile) => boolean): string[] {
  return files.filter(breaks).map(({ path }) => path)
}

function partOf(path: string): Part {
  return parts.find(({ part }) => isWithin(path, part)) ?? groundFloor
}

/** Whether `path` is the file, or lies in the folder, that `place` names. */
function isWithin(path: string, place: string): boolean {
  return path === place || (place.endsWith('/') && path.startsWith(place))
}

function importsAgainstTheDirection(file: SourceFile): string[] {
  const { part, mayImport, mayNotImport = [] } = partOf(file.path)
  return describeImports(file, ({ target }) => {
    if (target === null || isWithin(target, part)) return false
    if (partOf(target) === groundFloor) return mayNotImport.includes(target)
    return !mayImport.some((place) => isWithin(target, place))
  })
}

function describeImports(file: SourceFile, chosen: (found: SourceFile['imports'][number]) => boolean): string[] {
  return file.imports.filter(chosen).map(({ specifier }) => `${file.path} imports ${specifier}`)
}

function globalsIn({ path, text }: SourceFile, names: readonly string[]): string[] {
  return freeIdentifiers(text, names).map((name) => `${path} uses ${name}`)
}
