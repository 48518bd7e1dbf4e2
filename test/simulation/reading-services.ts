// Services that read in any way that is right, each world in another one, under every fault there is.
import { type AssignorName, KafkaError } from 'kafkalet'
import {
  type Chance,
  findCommitsBeyondTheLog,
  findDisorder,
  findGaps,
  findLost,
  type PlacedRecord,
  type ServiceHost,
  type SimulateOptions,
  type Simulation,
  watchOwners,
} from 'kafkalet/testing'

const KEYS = 5
const strategies: readonly (readonly AssignorName[])[] = [
  ['range'],
  ['roundrobin'],
  ['sticky'],
  ['cooperative-sticky'],
  ['range', 'cooperative-sticky'],
]
/** The group has gone on without the committer, who learns the rest with its next poll. */
const commitErrors: readonly string[] = [
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
  'REQUEST_TIMED_OUT',
]

/** How a world's services read. */
class Manner {
  readonly #commits: boolean
  readonly #isStatic: boolean
  readonly #isConcurrent: boolean
  readonly #takesBatches: boolean
  readonly #handlingMs: number
  readonly #strategy: readonly AssignorName[]

  constructor(chance: Chance) {
    this.#commits = chance.oneIn(2)
    this.#isStatic = chance.oneIn(3)
    this.#isConcurrent = chance.oneIn(2)
    this.#takesBatches = chance.oneIn(2)
    this.#handlingMs = chance.pick([0, 300])
    this.#strategy = chance.pick(strategies)
  }

  toString(): string {
    const how = [
      this.#commits ? 'commit by hand' : 'leave it to auto commit',
      this.#isConcurrent ? 'partition by partition' : 'one after the other',
      this.#takesBatches ? 'in batches' : 'record by record',
      `for ${this.#handlingMs} ms each`,
    ]
    return `${this.#isStatic ? 'static' : 'dynamic'} members, by ${this.#strategy.join(' or ')}, ${how.join(', ')}`
  }

  async read({ kafka, clock, name, signal }: ServiceHost, handled: (record: PlacedRecord) => void): Promise<void> {
    const consumer = kafka.consumer({
      groupId: 'readers',
      topics: ['t'],
      autoOffsetReset: 'earliest',
      enableAutoCommit: !this.#commits,
      partitionAssignmentStrategy: this.#strategy,
      maxPollRecords: 5,
      ...(this.#isStatic && { groupInstanceId: name }),
    })
    const handle = async (record: PlacedRecord) => {
      if (this.#handlingMs > 0) await new Promise<void>((done) => void clock.setTimeout(done, this.#handlingMs))
      handled(record)
    }
    const eachBatch = async (batch: readonly PlacedRecord[]) => {
      for (const record of batch) await handle(record)
      await this.#commit(consumer)
    }
    const eachRecord = (record: PlacedRecord) => eachBatch([record])
    const concurrency = this.#isConcurrent ? 'partition' : 1
    await consumer.run(this.#takesBatches ? { eachBatch } : { eachRecord }, { signal, concurrency })
    await consumer.close()
  }

  async #commit(consumer: { commit(): Promise<void> }): Promise<void> {
    if (!this.#commits) return
    try {
      await consumer.commit()
    } catch (error) {
      if (!(error instanceof KafkaError) || !commitErrors.includes(error.code)) throw error
    }
  }
}

function world(sim: Simulation) {
  watchOwners(sim.kafka, sim.problem)
  const manner = new Manner(sim.chance)
  sim.tell(String(manner))
  const sent: PlacedRecord[] = []
  const handled: PlacedRecord[] = []
  for (const name of ['reader-1', 'reader-2', 'reader-3']) {
    sim.service(name, (host) => manner.read(host, (record) => handled.push(record)))
  }
  const producer = sim.kafka.producer()
  const send = async (chance: Chance) => {
    sent.push(await producer.send({ topic: 't', key: `k${chance.below(KEYS)}`, value: 'v' }))
  }
  return { sent, handled, actions: { 'a record is sent': send } }
}

export const readingServices: SimulateOptions<ReturnType<typeof world>> = {
  kafka: (chance) => ({
    config: { numPartitions: 1 + chance.below(4), offsetsTopicNumPartitions: chance.pick([1, 50]) },
  }),
  world,
  check: ({ sent, handled }, { kafka }) => [
    ...findLost(sent, handled),
    ...findDisorder(handled),
    ...findGaps(kafka),
    ...findCommitsBeyondTheLog(kafka),
  ],
}
