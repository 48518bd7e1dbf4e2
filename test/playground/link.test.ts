// A link carries everything that is seen, and nothing that it may not.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Action,
  addPartitions,
  commit,
  crash,
  pass,
  poll,
  produce,
  resetOffsets,
  run,
  seek,
  start,
} from '../../examples/lessons/action.ts'
import { actionsFromText } from '../../examples/playground/action-text.ts'
import { consumerOptions, strategies } from '../../examples/playground/consumer-options.ts'
import { linkTo, placeOf } from '../../examples/playground/link.ts'
import type { Place } from '../../examples/playground/place.ts'

const home: Place = { lesson: '1', step: 0, pick: null, extra: [], language: 'en', theme: 'auto' }

const name = fc.string({ minLength: 1, maxLength: 4, unit: 'grapheme' })
const partition = fc.nat({ max: 50 })
const written = fc.record({ key: name, value: fc.string({ maxLength: 4 }), partition }, { requiredKeys: ['value'] })
const action: fc.Arbitrary<Action> = fc.oneof(
  name.map(poll),
  name.map(commit),
  name.map(crash),
  fc.nat({ max: 86_400_000 }).map(pass),
  fc.tuple(name, fc.nat({ max: 10_000 })).map(([consumer, ms]) => run(consumer, ms)),
  fc.tuple(name, fc.integer({ min: 1, max: 50 })).map(([topic, partitions]) => addPartitions(topic, partitions)),
  fc
    .tuple(name, fc.array(written, { minLength: 1, maxLength: 3 }))
    .map(([topic, records]) => produce(topic, ...records)),
  fc
    .tuple(name, name, fc.array(name, { minLength: 1, maxLength: 2 }), fc.constantFrom(null, ...strategies))
    .map(([consumer, group, topics, strategy]) => start(consumer, group, topics, consumerOptions(strategy))),
  fc.tuple(name, name, partition, fc.nat()).map(([consumer, topic, at, offset]) => seek(consumer, topic, at, offset)),
  fc.tuple(name, name).map(([group, topic]) => resetOffsets(group, topic, 'earliest')),
)
const place: fc.Arbitrary<Place> = fc.record({
  lesson: fc.constantFrom('1', '8b', 'free'),
  step: fc.nat({ max: 20 }),
  pick: fc.option(fc.nat({ max: 3 })),
  extra: fc.array(fc.oneof(action, fc.constant(pass(1_000))), { maxLength: 12 }),
  language: fc.constantFrom('en', 'ko'),
  theme: fc.constantFrom('auto', 'light', 'dark'),
})

describe('a link', () => {
  test('leads back to where it was made', () => {
    fc.assert(
      fc.property(place, (each) => {
        expect(placeOf(linkTo(each), home)).toEqual({ place: each, isWhole: true })
      }),
    )
  })

  test('may be any text: what cannot be understood is left out', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { place: found } = placeOf(`#do=${text}`, home)
        expect(found.extra.length).toBeLessThanOrEqual(1_000)
      }),
    )
  })

  test('tells many equal actions as one', () => {
    const link = linkTo({ ...home, extra: Array.from({ length: 300 }, () => pass(1_000)) })
    expect(link).toContain('do=pass,1000*300&')
  })

  test.each([
    'launch,rocket',
    'poll',
    'pass,-1',
    'pass,99999999999',
    'addPartitions,orders,51',
    'pass,1*9999',
    'start,a,g,mine,t',
    'poll,%',
  ])('is refused where it says %s', (text) => {
    expect(actionsFromText(text)).toBeNull()
  })
})
