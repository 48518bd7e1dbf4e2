// Every lesson is walked to its end, and what it says must be true is.
import { describe, expect, test } from 'vitest'
import { Classroom } from '../../examples/lessons/classroom.ts'
import { lessons } from '../../examples/lessons/contents.ts'
import type { Step } from '../../examples/lessons/lesson.ts'

async function take(room: Classroom, { actions, facts }: Step): Promise<void> {
  for (const action of actions) await room.do(action)
  const stated = Object.entries(facts(await room.look()))
  expect(stated, 'a step that states nothing').not.toEqual([])
  const found = Object.fromEntries(stated.map(([what, [is]]) => [what, is]))
  expect(found).toEqual(Object.fromEntries(stated.map(([what, [, should]]) => [what, should])))
}

describe.each(lessons)('lesson $number, $title.en', ({ steps, question }) => {
  test('shows what it says, step by step', async () => {
    await using room = new Classroom()
    for (const step of steps) await take(room, step)
    await take(room, question.tryOut)
  })

  test('gives the same picture when its actions are done again', async () => {
    await using room = new Classroom()
    for (const { actions } of steps) for (const action of actions) await room.do(action)
    await using again = new Classroom()
    for (const action of room.done) await again.do(JSON.parse(JSON.stringify(action)))
    expect(await again.look()).toEqual(await room.look())
  })

  test('has a question with an answer among its choices', () => {
    expect(question.choices[question.answer]).toBeDefined()
    expect(question.choices.length).toBeGreaterThan(1)
  })

  test('is written in English and in Korean', () => {
    const texts = [question.ask, ...question.choices, question.tryOut.say, ...steps.map(({ say }) => say)]
    for (const { en, ko } of texts) {
      expect(en).toMatch(/[a-z]/i)
      expect(ko).toMatch(/[가-힣]/)
    }
  })
})
