// A service to be simulated: it makes an invoice of each order, tries again what fails, and puts aside what cannot be.
import { type ConsumerRecord, KafkaError } from 'kafkalet'
import {
  type Chance,
  findCommitsBeyondTheLog,
  findDisorder,
  findGaps,
  type ServiceHost,
  type Simulation,
  watchOwners,
} from 'kafkalet/testing'

/** What is wrong with the service; null: nothing. */
export type Bug = 'commits first' | 'swallows errors' | 'ignores its signal' | 'dies of bad orders' | null

type Order = ConsumerRecord<string, string>

const BAD = 'bad'
const RETRY_MS = 500

export async function invoicing({ kafka, clock, signal }: ServiceHost, bug: Bug): Promise<void> {
  const producer = kafka.producer({ deliveryTimeoutMs: 8_000, requestTimeoutMs: 4_000 })
  const consumer = kafka.consumer({
    groupId: 'invoicing',
    topics: ['orders'],
    autoOffsetReset: 'earliest',
    enableAutoCommit: bug !== 'commits first',
  })
  const sleep = (ms: number) => new Promise<void>((resolve) => void clock.setTimeout(resolve, ms))
  const send = async (topic: string, { key, value }: Order) => {
    const invoice = { topic, key, value: `invoice of ${value}` }
    try {
      await producer.send(invoice)
    } catch {
      if (bug === 'swallows errors') return
      await sleep(RETRY_MS)
      await producer.send(invoice)
    }
  }
  const eachRecord = async (order: Order) => {
    if (bug === 'commits first') await consumer.commit([{ ...order, offset: order.offset + 1 }]).catch(() => {})
    if (order.value.startsWith(BAD) && bug === 'dies of bad orders') throw new Error(`${order.value} cannot be read`)
    await send(order.value.startsWith(BAD) ? 'orders.dead' : 'invoices', order)
  }
  await consumer.run(
    { eachRecord: (record) => eachRecord(record as Order) },
    bug === 'ignores its signal' ? {} : { signal },
  )
  await consumer.close()
  await producer.close()
}

interface Invoice {
  readonly key: string
  readonly order: string
}

/** The world of the service: two of them, and somebody who orders. */
export function invoicingWorld(bug: Bug) {
  return (sim: Simulation) => {
    watchOwners(sim.kafka, sim.problem)
    for (const name of ['worker-1', 'worker-2']) sim.service(name, (host) => invoicing(host, bug))
    const shop = sim.kafka.producer()
    const acknowledged: Invoice[] = []
    let count = 0
    return {
      acknowledged,
      actions: {
        'an order is sent': {
          weight: 4,
          act: async (chance: Chance) => {
            const key = `customer-${chance.below(3)}`
            const order = `${chance.oneIn(8) ? BAD : 'good'}-${++count}`
            await shop.send({ topic: 'orders', key, value: order })
            acknowledged.push({ key, order })
          },
        },
      },
    }
  }
}

export async function checkInvoices(world: { readonly acknowledged: readonly Invoice[] }, { kafka }: Simulation) {
  const invoices = await readAll(kafka, ['invoices', 'orders.dead'])
  const made = new Set(invoices.map(({ value }) => value))
  const lost = world.acknowledged.filter(({ order }) => !made.has(`invoice of ${order}`))
  return [
    ...lost.map(({ order }) => `no invoice for '${order}'`),
    ...findDisorder(firstOfEach(invoices)),
    ...findGaps(kafka),
    ...findCommitsBeyondTheLog(kafka),
  ]
}

/** In the order of the orders, as if each invoice lay where its order lies. */
function firstOfEach(invoices: readonly Order[]) {
  const seen = new Set<string>()
  const firsts = invoices.filter(({ topic, value }) => topic === 'invoices' && !seen.has(value) && seen.add(value))
  return firsts.map(({ key, value }) => ({
    topic: 'orders',
    partition: 0,
    key,
    offset: Number(value.split('-').at(-1)),
  }))
}

async function readAll(kafka: Simulation['kafka'], topics: readonly string[]): Promise<Order[]> {
  const reader = kafka.consumer({ autoOffsetReset: 'earliest', maxPollRecords: 1_000_000 })
  const records: Order[] = []
  for (const topic of topics) {
    try {
      const [description] = await kafka.admin().describeTopics([topic])
      reader.assign((description?.partitions ?? []).map(({ partition }) => ({ topic, partition })))
    } catch (error) {
      // Nobody has sent anything to it.
      if (error instanceof KafkaError && error.code === 'UNKNOWN_TOPIC_OR_PARTITION') continue
      throw error
    }
    for (let more = true; more; ) {
      const polled = await reader.poll({ timeoutMs: 0 })
      records.push(...(polled as Order[]))
      more = polled.length > 0
    }
  }
  await reader.close()
  return records
}
