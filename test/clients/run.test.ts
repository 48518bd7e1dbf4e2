import { type ConsumerRecord, KafkaError, Kafkalet } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let kafka: Kafkalet
let clock: ManualClock

beforeEach(() => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1, config: { numPartitions: 2 } })
})

afterEach(() => kafka.close())

const values = (records: readonly { readonly value: unknown }[]) => records.map(({ value }) => value)
const group = { groupId: 'g', topics: ['t'], autoOffsetReset: 'earliest' } as const

async function append(partition: number, ...all: string[]) {
  const records = all.map((value) => ({ topic: 't', partition, value }))
  await kafka.producer().sendBatch(records)
}

/** A promise, and the way to keep it. */
function promised<T = void>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((keep) => {
    resolve = keep
  })
  return { promise, resolve }
}

describe('run', () => {
  test('hands over each record in order, and resolves when its signal aborts', async () => {
    await append(0, 'a', 'b')
    const consumer = kafka.consumer(group)
    const stop = new AbortController()
    const seen: unknown[] = []
    const running = consumer.run(
      {
        eachRecord({ value }) {
          seen.push(value)
          if (value === 'c') stop.abort()
        },
      },
      { signal: stop.signal },
    )
    await clock.settle()
    await append(0, 'c')
    await running
    expect(seen).toEqual(['a', 'b', 'c'])
  })

  test('hands over batches of one partition each', async () => {
    await append(0, 'a', 'b')
    await append(1, 'x')
    const consumer = kafka.consumer(group)
    const batches: unknown[] = []
    const done = promised()
    const running = consumer.run({
      eachBatch(batch) {
        batches.push(batch.map(({ partition, value }) => `${partition}:${value}`))
        if (batches.length === 2) done.resolve()
      },
    })
    await done.promise
    await consumer.close()
    await running
    expect(batches).toEqual([['0:a', '0:b'], ['1:x']])
  })

  test('rejects with what a handler throws; the record is not committed and comes again', async () => {
    await append(0, 'a', 'poison', 'c')
    const consumer = kafka.consumer(group)
    const seen: unknown[] = []
    const poisoned = new Error('cannot digest')
    const eachRecord = ({ value }: ConsumerRecord<unknown, unknown>) => {
      seen.push(value)
      if (value === 'poison' && seen.length < 3) throw poisoned
    }
    await expect(consumer.run({ eachRecord })).rejects.toBe(poisoned)
    await consumer.commit()
    expect(await consumer.committed([{ topic: 't', partition: 0 }])).toEqual([1])
    const running = consumer.run({ eachRecord })
    await clock.settle()
    expect(seen).toEqual(['a', 'poison', 'poison', 'c'])
    await consumer.close()
    await running
  })

  test('after a handler threw, close commits only what was done with', async () => {
    await append(0, 'a', 'poison')
    await append(1, 'x')
    const consumer = kafka.consumer(group)
    const fail = ({ value }: { readonly value: unknown }) => {
      if (value === 'poison') throw new Error('no')
    }
    await expect(consumer.run({ eachRecord: fail })).rejects.toThrow('no')
    await consumer.close()
    const next = kafka.consumer(group)
    expect(values(await next.poll())).toEqual(['poison', 'x'])
  })

  test('a batch whose handler rejects comes again as a whole', async () => {
    await append(0, 'a', 'b')
    const consumer = kafka.consumer(group)
    await expect(consumer.run({ eachBatch: () => Promise.reject(new Error('no')) })).rejects.toThrow('no')
    expect(values(await consumer.poll())).toEqual(['a', 'b'])
  })

  test('closing from inside a handler ends the run, and that record is not committed', async () => {
    await append(0, 'a', 'b', 'c')
    const consumer = kafka.consumer(group)
    const seen: unknown[] = []
    await consumer.run({
      async eachRecord({ value }) {
        seen.push(value)
        if (value === 'b') await consumer.close()
      },
    })
    expect(seen).toEqual(['a', 'b'])
    expect(values(await kafka.consumer(group).poll())).toEqual(['b', 'c'])
  })

  test('tells a running handler by its signal that the consumer is closed', async () => {
    await append(0, 'a')
    const consumer = kafka.consumer(group)
    const begun = promised()
    let told: AbortSignal | null = null
    const running = consumer.run({
      async eachRecord(_record, { signal }) {
        told = signal
        begun.resolve()
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      },
    })
    await begun.promise
    await consumer.close()
    await running
    expect((told as AbortSignal | null)?.aborted).toBe(true)
  })

  test('with concurrency by partition, partitions do not wait for each other, and each keeps its order', async () => {
    await append(0, 'a1', 'a2')
    await append(1, 'b1', 'b2')
    const consumer = kafka.consumer(group)
    const gate = promised()
    const seen: unknown[] = []
    const running = consumer.run(
      {
        async eachRecord({ value }) {
          if (value === 'a1') await gate.promise
          seen.push(value)
          if (seen.length === 2) gate.resolve()
        },
      },
      { concurrency: 'partition' },
    )
    await clock.settle()
    expect(seen).toEqual(['b1', 'b2', 'a1', 'a2'])
    await consumer.close()
    await running
  })

  test('a seek in a handler takes effect before the next record', async () => {
    await append(0, 'a', 'b', 'c', 'd')
    const consumer = kafka.consumer(group)
    const seen: unknown[] = []
    const running = consumer.run({
      eachRecord({ value, topic, partition }) {
        seen.push(value)
        if (value === 'a') consumer.seek({ topic, partition }, 3)
      },
    })
    await clock.settle()
    expect(seen).toEqual(['a', 'd'])
    await consumer.close()
    await running
  })

  test('a pause in a handler stops that partition after the record', async () => {
    await append(0, 'a', 'b')
    const consumer = kafka.consumer(group)
    const seen: unknown[] = []
    const running = consumer.run({
      eachRecord({ value, topic, partition }) {
        seen.push(value)
        if (value === 'a') consumer.pause([{ topic, partition }])
      },
    })
    await clock.settle()
    expect(seen).toEqual(['a'])
    consumer.resume([{ topic: 't', partition: 0 }])
    await clock.settle()
    expect(seen).toEqual(['a', 'b'])
    await consumer.close()
    await running
  })

  test('refuses a poll beside it, and handlers that are none', async () => {
    const consumer = kafka.consumer(group)
    const running = consumer.run({ eachRecord() {} })
    await expect(consumer.poll()).rejects.toThrow('already read by run')
    await expect(kafka.consumer(group).run({} as never)).rejects.toBeInstanceOf(KafkaError)
    await consumer.close()
    await running
  })
})

describe('for await', () => {
  test('yields records until the consumer is closed', async () => {
    await append(0, 'a', 'b', 'c')
    const consumer = kafka.consumer(group)
    const seen: unknown[] = []
    for await (const { value } of consumer) {
      seen.push(value)
      if (value === 'c') await consumer.close()
    }
    expect(seen).toEqual(['a', 'b', 'c'])
  })

  test('a record becomes committable only when the next one is asked for', async () => {
    await append(0, 'a', 'b', 'c')
    const consumer = kafka.consumer(group)
    for await (const { value } of consumer) if (value === 'b') break
    await consumer.close()
    expect(values(await kafka.consumer(group).poll())).toEqual(['b', 'c'])
  })

  test('a commit inside the loop commits what came before the record in hand', async () => {
    await append(0, 'a', 'b', 'c')
    const consumer = kafka.consumer({ ...group, enableAutoCommit: false })
    for await (const { value } of consumer) {
      if (value !== 'c') continue
      await consumer.commit()
      break
    }
    expect(await consumer.committed([{ topic: 't', partition: 0 }])).toEqual([2])
  })

  test('can be taken up again after a break', async () => {
    await append(0, 'a', 'b', 'c')
    const consumer = kafka.consumer(group)
    const seen: unknown[] = []
    for await (const { value } of consumer) {
      seen.push(value)
      if (seen.length === 2) break
    }
    for await (const { value } of consumer) {
      seen.push(value)
      if (value === 'c') break
    }
    expect(seen).toEqual(['a', 'b', 'b', 'c'])
  })
})
