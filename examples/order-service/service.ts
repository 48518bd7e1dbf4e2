// A service as it would stand before any Kafka: it reads orders, asks for prices, writes priced orders, tries again
// what may pass, and puts aside what will not.
import { setTimeout as hostSleep } from 'node:timers/promises'
import { type Consumer, json, type Kafkalet, nullable, type Producer, type RecordOut, string, topic } from 'kafkalet'
import { z } from 'zod'

const Order = z.object({ orderId: z.string(), sku: z.string(), quantity: z.int().positive() })
type Order = z.infer<typeof Order>
export type PricedOrder = Order & { readonly totalCents: number }

export const topics = {
  // As text: what others wrote is checked by the handler, so that a poison record is a record and no error of the poll.
  // The key is the customer, whose orders keep their order.
  orders: topic({ key: string, value: nullable(string), partitions: 4 }),
  'priced-orders': topic({ key: string, value: json<PricedOrder>(), partitions: 4 }),
  'dead-orders': topic({ key: string, value: nullable(string), partitions: 1 }),
}
export type Topics = typeof topics

export interface OrderServiceOptions {
  /** Null for what nobody sells. Throws when the price is not to be had at the moment. */
  readonly priceOf: (sku: string, signal: AbortSignal) => Promise<number | null>
  readonly clientId?: string
  /** How to wait; a test brings a clock of its own. */
  readonly sleep?: (ms: number, options: { readonly signal: AbortSignal }) => Promise<void>
}

export interface OrderService {
  readonly consumer: Consumer<Topics, 'orders'>
  readonly producer: Producer<Topics>
  /** Works until the signal aborts. Rejects when something fails that neither another attempt nor a dead letter helps. */
  run(signal: AbortSignal): Promise<void>
}

export const MOST_ATTEMPTS = 5
const FIRST_BACKOFF_MS = 500

/** To try again would not help: the record is put aside, for a person to look at. */
class Hopeless extends Error {}

export function createOrderService(kafka: Kafkalet<Topics>, options: OrderServiceOptions): OrderService {
  const { priceOf, clientId = 'order-service', sleep = (ms, rest) => hostSleep(ms, undefined, rest) } = options
  const producer = kafka.producer({ clientId })
  // Auto commit commits what handlers are done with, and so never an order that is still in work: at least once.
  const consumer = kafka.consumer({
    clientId,
    groupId: 'order-service',
    topics: ['orders'],
    autoOffsetReset: 'earliest',
    // What one poll returns must be done within max.poll.interval.ms (5 minutes), or the group goes on without us and the
    // same orders come again. With all attempts an order takes 7.5 s, and its dead letter as long as the broker takes.
    maxPollRecords: 20,
  })

  async function handle(record: RecordOut<Topics, 'orders'>, signal: AbortSignal): Promise<void> {
    try {
      const order = readOrder(record.value)
      const totalCents = order.quantity * (await price(order.sku, signal))
      await producer.send({ topic: 'priced-orders', key: record.key, value: { ...order, totalCents } })
    } catch (error) {
      if (!(error instanceof Hopeless)) throw error
      await producer.send(deadLetter(record, error.message))
    }
  }

  /**
   * The next orders of the partition wait meanwhile. That keeps each customer's orders in order, and costs the others of
   * that partition time. Whoever can do without order writes the order to a retry topic instead, and goes on.
   */
  async function price(sku: string, signal: AbortSignal): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      try {
        const cents = await priceOf(sku, signal)
        if (cents !== null) return cents
      } catch (error) {
        signal.throwIfAborted()
        if (attempt === MOST_ATTEMPTS) throw new Hopeless(`no price for ${sku} in ${attempt} attempts: ${error}`)
        await sleep(FIRST_BACKOFF_MS * 2 ** (attempt - 1), { signal })
        continue
      }
      throw new Hopeless(`nobody sells ${sku}`)
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    const eachRecord = (record: RecordOut<Topics, 'orders'>, context: { readonly signal: AbortSignal }) =>
      handle(record, context.signal)
    try {
      // Partitions do not wait for each other, but for the slowest before the next poll.
      await consumer.run({ eachRecord }, { signal, concurrency: 'partition' })
    } catch (error) {
      // Told to stop between two attempts: the order was not done with, is not committed, and comes again.
      if (!signal.aborted) throw error
    } finally {
      await consumer.close()
      await producer.close()
    }
  }

  return { consumer, producer, run }
}

function readOrder(text: string | null): Order {
  try {
    return Order.parse(JSON.parse(text ?? 'null'))
  } catch (error) {
    throw new Hopeless(`not an order: ${error instanceof z.ZodError ? z.prettifyError(error) : error}`)
  }
}

/** As it came, and with it why it is here and where it came from. */
function deadLetter({ topic: from, partition, offset, key, value, headers }: RecordOut<Topics, 'orders'>, why: string) {
  const reason: [string, string][] = [
    ['dead-letter-reason', why],
    ['dead-letter-source', `${from}-${partition}@${offset}`],
  ]
  return { topic: 'dead-orders' as const, key, value, headers: [...headers, ...reason] }
}
