// renderTimeline: a well-formed picture in which everything that happened stands, whatever it is called.
import fc from 'fast-check'
import { Kafkalet } from 'kafkalet'
import { crash, inspect, ManualClock, renderTimeline, type Timeline } from 'kafkalet/testing'
import { describe, expect, test } from 'vitest'
import { everythingIn, readXml, type XmlElement } from '../support/xml.ts'

interface World {
  readonly kafka: Kafkalet
  readonly clock: ManualClock
  readonly timeline: Timeline
}

function newWorld(): World {
  const clock = new ManualClock()
  const kafka = new Kafkalet({ clock, seed: 1 })
  return { kafka, clock, timeline: inspect(kafka).timeline() }
}

/** Two members, of which one crashes, and another group that only commits. */
async function rebalance(): Promise<World> {
  const world = newWorld()
  const { kafka, clock } = world
  const admin = kafka.admin()
  await admin.createTopics([{ topic: 'orders', partitions: 2 }])
  await kafka.producer().send({ topic: 'orders', partition: 0, value: 'a' })
  const group = { groupId: 'billing', topics: ['orders'] }
  void kafka.consumer({ ...group, clientId: 'first' }).run({ eachRecord() {} })
  await clock.advance(500)
  const second = kafka.consumer({ ...group, clientId: 'second', autoOffsetReset: 'earliest' })
  void second.run({ eachRecord() {} })
  await clock.advance(6_000)
  crash(second)
  await clock.advance(60_000)
  await admin.createPartitions({ orders: 3 })
  await admin.alterConsumerGroupOffsets('audit', [{ topic: 'orders', partition: 1, offset: 0 }])
  await admin.deleteTopics(['orders'])
  return world
}

const elementsOf = (svg: string) => everythingIn(readXml(svg))
const titleOf = ({ children }: XmlElement) => children.find(({ name }) => name === 'title')?.text ?? ''
/** What a pointer is told, in the order in which it is drawn. */
const toldBy = (svg: string) => elementsOf(svg).flatMap((each) => (each.name === 'g' ? [titleOf(each)] : []))
const wordsOf = (svg: string) => elementsOf(svg).flatMap(({ name, text }) => (name === 'text' ? [text] : []))
const sizeOf = (svg: string) => ['width', 'height'].map((side) => Number(readXml(svg).attributes.get(side)))
const barsOf = (svg: string, ...kinds: string[]) =>
  elementsOf(svg).flatMap(({ name, children }) => {
    const kind = children[1]?.attributes.get('class') ?? ''
    if (name !== 'g' || !kinds.includes(kind)) return []
    return [{ kind, label: children.at(-1)?.text, told: children[0]?.text }]
  })

describe('a picture', () => {
  test('tells everything that happened, in its words', async () => {
    const { kafka, timeline } = await rebalance()
    const told = toldBy(renderTimeline(timeline))
    const events = new Set(timeline.entries.map(({ event }) => event))
    expect(events.size).toBeGreaterThanOrEqual(11)
    for (const { afterMs, text } of timeline.entries) expect(told).toContain(`${afterMs} ms: ${text}`)
    await kafka.close()
  })

  test('has lanes for topics, groups, clients and partitions, in this order', async () => {
    const { kafka, timeline } = await rebalance()
    const names = elementsOf(renderTimeline(timeline)).flatMap(({ attributes, text }) => {
      return ['section', 'name'].includes(attributes.get('class') ?? '') ? [text] : []
    })
    const lanes = [
      'Topics',
      'topics',
      'Groups',
      'billing',
      'Clients',
      'first',
      'second',
      'Partitions',
      'orders-0',
      'orders-1',
    ]
    expect(names).toEqual(lanes)
    await kafka.close()
  })

  test('shows the states of a group, and what each client owns until it has it no more', async () => {
    const { kafka, timeline } = await rebalance()
    const svg = renderTimeline(timeline)
    const states = barsOf(svg, 'Stable', 'PreparingRebalance', 'CompletingRebalance', 'Empty')
    expect(states.map(({ kind }) => kind)).toEqual(
      timeline.entries.flatMap((entry) => (entry.event === 'groupStateChanged' ? [entry.to] : [])),
    )
    const stable = states.filter(({ kind }) => kind === 'Stable').map(({ label }) => label)
    expect(stable.slice(0, 3)).toEqual(['Stable · generation 1', 'Stable · generation 2', 'Stable · generation 3'])
    expect(barsOf(svg, 'owned', 'stale').map(({ kind, told }) => `${kind}: ${told}`)).toEqual([
      'owned: first owns orders-0, orders-1',
      'owned: first owns orders-0',
      'owned: first owns orders-0, orders-1',
      'owned: second owns orders-1',
      'stale: 51000 ms: group billing loses second: session expired',
    ])
    await kafka.close()
  })

  test('goes from left to right, moment by moment, and silence takes no room', async () => {
    const { kafka, timeline } = await rebalance()
    const svg = renderTimeline(timeline)
    const moments = [...new Set(timeline.entries.map(({ afterMs }) => `${afterMs} ms`))]
    const labels = elementsOf(svg).filter(({ name, text }) => name === 'text' && /^\d+ ms$/.test(text))
    expect(labels.map(({ text }) => text)).toEqual(moments)
    const xs = labels.map(({ attributes }) => Number(attributes.get('x')))
    expect(xs).toEqual([...xs].sort((a, b) => a - b))
    expect(Math.max(...xs)).toBeLessThan(3_000)
    await kafka.close()
  })

  test('shows records by offset, commits by group, and what a latest consumer skipped', async () => {
    const { kafka, timeline } = await rebalance()
    const words = wordsOf(renderTimeline(timeline))
    expect(words).toContain('0')
    expect(words).toContain('billing 1')
    // One is the sign in the legend.
    expect(words.filter((word) => word === 'J!').length).toBeGreaterThan(1)
    expect(words).toContain('audit 0')
    expect(words).toContain('@1 skips 1')
    expect(words).toContain('+second')
    expect(words).toContain('−second')
    await kafka.close()
  })

  test('has a title and a description for whoever does not see it', async () => {
    const { kafka, timeline } = await rebalance()
    const root = readXml(renderTimeline(timeline, { title: 'A rebalance' }))
    expect(root.attributes.get('role')).toBe('img')
    expect(root.children.slice(0, 2).map(({ name }) => name)).toEqual(['title', 'desc'])
    expect(root.children[0]?.text).toBe('A rebalance')
    expect(root.children[1]?.text).toMatch(/^From 0 ms to 66500 ms: \d+ things that happened/)
    await kafka.close()
  })

  test('is made by the entries alone: the same story twice is the same picture, also after the end', async () => {
    const [one, two] = [await rebalance(), await rebalance()]
    const svg = renderTimeline(one.timeline)
    expect(renderTimeline(two.timeline)).toBe(svg)
    await one.kafka.close()
    expect(renderTimeline(one.timeline)).toContain('LeaveGroup')
    await two.kafka.close()
  })

  test('of nothing says that nothing happened', () => {
    expect(wordsOf(renderTimeline(newWorld().timeline))).toContain('Nothing has happened since the timeline began.')
  })

  test('is made of a timeline alone', () => {
    expect(() => renderTimeline({} as never)).toThrow('renderTimeline takes a timeline')
    expect(() => renderTimeline(newWorld().timeline, { titel: 'x' } as never)).toThrow("Did you mean 'title'?")
    expect(() => renderTimeline(newWorld().timeline, { title: 5 as never })).toThrow('title is a text')
  })
})

describe('its looks', () => {
  test('differ for each sign and each bar without any colour', async () => {
    const { kafka, timeline } = await rebalance()
    const { children } = readXml(renderTimeline(timeline))
    const legend = children.filter((each) => each.name === 'g' && !titleOf(each).includes(' ms: ')).slice(-10)
    const shape = ({ name, attributes, children, text }: XmlElement): unknown => {
      const own = [...attributes].filter(([key]) => !['class', 'x', 'y', 'cx', 'cy'].includes(key))
      const relative = own.map(([key, value]) => `${key} ${/points|^d$/.test(key) ? movedToOrigin(value) : value}`)
      return [name, relative, text, children.filter((each) => each.name !== 'title').map(shape)]
    }
    const [ask, answer, ...others] = legend.map((each) => JSON.stringify(shape(each)))
    expect(new Set(others).size).toBe(8)
    // These two differ by what is dark and what is light.
    expect(ask).toBe(answer)
    const style = elementsOf(renderTimeline(timeline)).find(({ name }) => name === 'style')?.text ?? ''
    const ink = /\.kafkalet-film text { fill: (#\w+) }/.exec(style)?.[1]
    expect(style).toContain(`.answer { fill: ${ink};`)
    expect(style).not.toContain(`.request { fill: ${ink};`)
    await kafka.close()
  })

  test('are those of day and night, and of nothing else in a page', async () => {
    const svg = renderTimeline(newWorld().timeline)
    const style = elementsOf(svg).find(({ name }) => name === 'style')?.text ?? ''
    const [day = '', night = ''] = style.split('@media (prefers-color-scheme: dark) {')
    const selectors = (rules: string) => [...rules.matchAll(/^([^{}\n]+) {/gm)].map(([, selector]) => selector)
    expect(selectors(night).length).toBeGreaterThan(20)
    for (const selector of selectors(night)) expect(selectors(day)).toContain(selector)
    for (const selector of selectors(day)) expect(selector).toMatch(/^\.kafkalet-film /)
    expect(readXml(svg).attributes.get('class')).toBe('kafkalet-film')
  })

  test('need no class that has no rule', async () => {
    const { kafka, timeline } = await rebalance()
    const elements = elementsOf(renderTimeline(timeline))
    const style = elements.find(({ name }) => name === 'style')?.text ?? ''
    const used = new Set(elements.flatMap(({ attributes }) => attributes.get('class')?.split(' ') ?? []))
    for (const name of used) if (name !== 'kafkalet-film' && name !== '') expect(style).toContain(`.${name} {`)
    await kafka.close()
  })
})

describe('a long story', () => {
  test('is drawn from its end, says what is left out, and still knows who owned what there', async () => {
    const { kafka, clock, timeline } = newWorld()
    await kafka.admin().createTopics([{ topic: 'orders' }])
    void kafka.consumer({ groupId: 'billing', topics: ['orders'], clientId: 'first' }).run({ eachRecord() {} })
    await clock.advance(1)
    const producer = kafka.producer()
    for (let i = 0; i < 1_000; i++) {
      await producer.send({ topic: 'orders', partition: 0, value: `${i}` })
      await clock.advance(1)
    }
    const svg = renderTimeline(timeline)
    const [width = 0] = sizeOf(svg)
    expect(width).toBeLessThan(8_500)
    const leftOut = /The first (\d+) of (\d+) are left out/.exec(wordsOf(svg).join('\n'))
    const drawn = timeline.entries.length - Number(leftOut?.[1])
    expect(Number(leftOut?.[2])).toBe(timeline.entries.length)
    expect(drawn).toBeGreaterThan(80)
    const told = toldBy(svg)
    const isDrawn = timeline.entries.map(({ afterMs, text }) => told.includes(`${afterMs} ms: ${text}`))
    expect(isDrawn.lastIndexOf(false)).toBeLessThan(timeline.entries.length - drawn)
    expect(barsOf(svg, 'Stable', 'owned').map(({ label }) => label)).toEqual(['Stable · generation 1', 'orders-0'])
    await kafka.close()
  })

  test('of many partitions, clients and groups says how many lanes are left out', async () => {
    const { kafka, timeline } = newWorld()
    await kafka.admin().createTopics([{ topic: 'orders', partitions: 60 }])
    const places = Array.from({ length: 60 }, (_, partition) => ({ topic: 'orders', partition, value: 'v' }))
    for (const place of places.reverse()) await kafka.producer().send(place)
    const svg = renderTimeline(timeline)
    expect(wordsOf(svg)).toContain('Partitions (20 more are not drawn)')
    const lanes = wordsOf(svg).filter((word) => word.startsWith('orders-'))
    expect(lanes).toEqual(Array.from({ length: 40 }, (_, partition) => `orders-${partition}`))
    expect(sizeOf(svg)[1]).toBeLessThan(2_500)
    await kafka.close()
  })
})

test('whatever names contain, the picture is well-formed and has them, as far as XML has characters', {
  timeout: 30_000,
}, async () => {
  const hostile = fc.oneof(
    fc.constantFrom('<&">', '</text>', ']]>', '&amp;', "'", '-->', '\u0000\u001b[31m', '\ud800', '\ufffe', '😀', ''),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('<', '&', '"', '>', "'", ';', '\n', '\ud83d') }),
  )
  await fc.assert(
    fc.asyncProperty(hostile, hostile, hostile, async (title, clientId, groupName) => {
      const { kafka, clock, timeline } = newWorld()
      const groupId = `g${groupName}`
      const consumer = kafka.consumer({ groupId, topics: ['orders'], clientId: `c${clientId}` })
      void consumer.run({ eachRecord() {} })
      await clock.advance(10)
      await consumer.close()
      const root = readXml(renderTimeline(timeline, { title }))
      expect(root.children[0]?.text).toBe(asXml(title))
      const told = everythingIn(root).map(titleOf)
      expect(told).toContain(asXml(`0 ms: c${clientId} -> ${groupId}: JoinGroup`))
      expect(told).toContain(asXml(groupId))
      await kafka.close()
    }),
    { numRuns: 40 },
  )
})

/** Half a surrogate pair, and most controls, are no characters of XML. */
function asXml(text: string): string {
  const characters = [...text].map((each) =>
    /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]$/u.test(each) ? each : '\uFFFD',
  )
  return characters.join('')
}

function movedToOrigin(numbers: string): string {
  const found = [...numbers.matchAll(/-?\d+(?:\.\d+)?/g)].map(([each]) => Number(each))
  const [x = 0, y = 0] = found
  return found.map((each, i) => (i % 2 === 0 ? each - x : each - y)).join(' ')
}
