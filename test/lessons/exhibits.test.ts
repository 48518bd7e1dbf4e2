// The figures beside the logs: each is made of what can be seen, and says what the library says.
import { partitionForKey } from 'kafkalet'
import { describe, expect, test } from 'vitest'
import { Classroom } from '../../examples/lessons/classroom.ts'
import { lessons } from '../../examples/lessons/contents.ts'
import type { Exhibit } from '../../examples/lessons/exhibit.ts'
import type { Lesson, Text } from '../../examples/lessons/lesson.ts'

async function exhibitsOf({ steps, question }: Lesson): Promise<Exhibit[]> {
  await using room = new Classroom()
  const exhibits: Exhibit[] = []
  for (const { actions, exhibit } of [...steps, question.tryOut]) {
    for (const action of actions) await room.do(action)
    if (exhibit) exhibits.push(exhibit(await room.look()))
  }
  return exhibits
}

function expectBothLanguages({ en, ko }: Text): void {
  expect(en).not.toBe('')
  expect(ko).not.toBe('')
}

function check(exhibit: Exhibit): void {
  if (exhibit.type === 'hash') {
    expect(exhibit.keys).not.toEqual([])
    for (const { bytes, hash, positive, partitions, partition } of exhibit.keys) {
      expect(positive).toBe(hash & 0x7fffffff)
      expect(positive % partitions).toBe(partition)
      expect(partition).toBe(partitionForKey(bytes, partitions))
    }
    return
  }
  expectBothLanguages(exhibit.title)
  if (exhibit.type === 'histogram') {
    expect(new Set(exhibit.bars.map(({ label }) => label)).size, 'labels that differ').toBe(exhibit.bars.length)
    expect(exhibit.bars.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(0)
  } else {
    for (const head of exhibit.head) expectBothLanguages(head)
    expect(exhibit.rows.map((row) => row.length)).toEqual(exhibit.rows.map(() => exhibit.head.length))
  }
}

describe.each(lessons.filter(({ steps }) => steps.some(({ exhibit }) => exhibit)))('lesson $number', (lesson) => {
  test('has figures that agree with the library', async () => {
    for (const exhibit of await exhibitsOf(lesson)) check(exhibit)
  })
})

describe('the histograms of lesson 8', () => {
  test('show all that was produced, and all 20 000 flights', async () => {
    const skew = lessons.filter(({ number }) => number === '8')
    const [exhibits = []] = await Promise.all(skew.map(exhibitsOf))
    const totals = exhibits.flatMap((each) =>
      each.type === 'histogram' ? [each.bars.reduce((sum, { count }) => sum + count, 0)] : [],
    )
    expect(totals).toEqual([24, 24, 24, 211, 156, 20_000, 20_000, 20_000, 20_000])
  })
})
