import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldRepetitions } from '../../src/testing/simulation/repetitions.ts'
import { shrink } from '../../src/testing/simulation/shrink.ts'
import { firstSteps, formatSteps, parseSteps } from '../../src/testing/simulation/step-list.ts'

const stepSets = fc.uniqueArray(fc.integer({ min: 1, max: 100 })).map((steps) => steps.sort((a, b) => a - b))

describe('to make a schedule short', () => {
  test('leaves exactly the steps that it takes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { maxLength: 6 }), async (needed) => {
        const { steps, runs } = await shrink(
          firstSteps(100),
          async (candidate) => (needed.every((step) => candidate.includes(step)) ? candidate : null),
          1_000,
        )
        expect(steps).toEqual(needed.sort((a, b) => a - b))
        expect(runs).toBeLessThan(250)
      }),
    )
  })

  test('leaves only steps that are needed, where one stands for another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(stepSets, { minLength: 1, maxLength: 4 }), async (ways) => {
        const fails = (steps: readonly number[]) => ways.some((way) => way.every((step) => steps.includes(step)))
        const { steps } = await shrink(firstSteps(100), async (each) => (fails(each) ? each : null), 20_000)
        expect(fails(steps)).toBe(true)
        for (const step of steps) expect(fails(steps.filter((each) => each !== step))).toBe(false)
      }),
      { numRuns: 30 },
    )
  })

  test('drops at once what did nothing', async () => {
    const { steps, runs } = await shrink(
      firstSteps(1_000),
      async (each) => (each.includes(500) ? each.filter((step) => step % 100 === 0) : null),
      1_000,
    )
    expect(steps).toEqual([500])
    expect(runs).toBeLessThan(20)
  })

  test('takes no more runs than it may, and keeps what failed last', async () => {
    let runs = 0
    const result = await shrink(
      firstSteps(100),
      async (each) => {
        runs++
        return each.includes(3) && each.includes(97) ? each : null
      },
      10,
    )
    expect({ runs, told: result.runs }).toEqual({ runs: 10, told: 10 })
    expect(result.steps).toEqual(expect.arrayContaining([3, 97]))
    expect(result.steps.length).toBeLessThan(100)
  })
})

describe('steps as text', () => {
  test('are short', () => {
    expect(formatSteps([3, 7, 12, 13, 14, 15])).toBe('3 7 12-15')
  })

  test('are read as they were written', () => {
    fc.assert(
      fc.property(stepSets, (steps) => {
        expect(parseSteps(formatSteps(steps))).toEqual(steps)
      }),
    )
  })
})

describe('repetitions', () => {
  const lines = (text: string) => [...text].map((letter, index) => ({ afterMs: index, text: letter }))
  const fold = (text: string) => foldRepetitions(lines(text)).map((line) => line.text.trim())

  test('of one line and of several are told once', () => {
    expect(fold('xaaaay')).toEqual(['x', 'a', '(the same, 3 times more)', 'y'])
    expect(fold('xababababy')).toEqual(['x', 'a', 'b', '(the same 2 lines, 3 times more)', 'y'])
  })

  test('are told with the time of the last', () => {
    expect(foldRepetitions(lines('aaaa')).at(-1)?.afterMs).toBe(3)
  })

  test('of two stay', () => {
    expect(fold('aabab')).toEqual(['a', 'a', 'b', 'a', 'b'])
  })
})
