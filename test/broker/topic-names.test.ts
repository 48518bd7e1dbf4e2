import { Kafkalet } from 'kafkalet'
import { describe, expect, test } from 'vitest'
import { readVectors } from '../support/vectors.ts'

interface Vectors {
  readonly names: readonly { readonly topic: string; readonly valid: boolean; readonly internal: boolean }[]
  readonly collisions: readonly { readonly a: string; readonly b: string; readonly collide: boolean }[]
}

const { names, collisions } = readVectors<Vectors>('topic-names')

async function create(...topics: readonly string[]): Promise<string> {
  await using kafka = new Kafkalet()
  const admin = kafka.admin()
  try {
    for (const topic of topics) await admin.createTopics([{ topic }])
    return 'created'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('topic names', () => {
  test.each(names.filter(({ internal }) => !internal))('$topic: valid is $valid', async ({ topic, valid }) => {
    expect(await create(topic)).toBe(valid ? 'created' : 'INVALID_TOPIC_EXCEPTION')
  })

  test.each(collisions)('$a and $b: collide is $collide', async ({ a, b, collide }) => {
    expect(await create(a, b)).toBe(collide ? 'INVALID_TOPIC_EXCEPTION' : 'created')
  })
})
