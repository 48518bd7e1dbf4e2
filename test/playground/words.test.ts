// The page's own words are there in both languages.
import { describe, expect, test } from 'vitest'
import { lessons } from '../../examples/lessons/contents.ts'
import { FREE, sceneNumbers, sceneOf } from '../../examples/playground/scene.ts'
import { words } from '../../examples/playground/words.ts'

/** Kafka's own terms, which Korean engineers leave as they are. */
const terms = [
  'hash',
  'lag',
  'generation',
  'eager',
  'cooperative',
  'doPoll',
  'offsets',
  'tombstone',
  'hashSigned',
  'hashPositive',
  'rebalanceLegend',
]

describe('the words of the page', () => {
  test.each(Object.entries(words))('%s is there in English and in Korean', (name, { en, ko }) => {
    expect(en).not.toBe('')
    expect(ko).toMatch(terms.includes(name) ? /\S/ : /[가-힣]/)
    const blanks = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort()
    expect(blanks(ko)).toEqual(blanks(en))
  })
})

test('the page offers all lessons, in their order, and free play', async () => {
  expect(sceneNumbers).toEqual([...lessons.map(({ number }) => number), FREE])
  const scenes = await Promise.all(sceneNumbers.slice(0, -1).map(sceneOf))
  expect(scenes).toEqual(lessons)
})
