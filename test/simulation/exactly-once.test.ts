// Exactly once, whatever happens: workers read, transform and write in transactions, while processes die, freeze and lose
// their network, coordinators are lost, and answers too. At the end each record has one result, in the order of its partition.
import { type AnyTopics, type Consumer, type ConsumerRecord, KafkaError, Kafkalet, type Payload } from 'kafkalet'
import { crash, disconnect, faultsOf, freeze, loseCoordinator, ManualClock, reconnect, thaw } from 'kafkalet/testing'
import { describe, expect, test } from 'vitest'
import { insidesOf } from '../../src/kafkalet.ts'
import { type Chance, chanceOf, weighted } from '../../src/testing/simulation/chance.ts'
import { seedsOf } from './schedules.ts'

/** Every so many-th seed of the schedules: 25 with npm test, 1250 in CI. */
const SHARE = 8
const STEPS = 60
const RECORDS_A_PARTITION = 20
const PARTITIONS = 2

type Read = ConsumerRecord<Payload, Payload>

/** A process: its consumer, its producer, and the loop between them. It stops when it has failed or is to stop. */
class Worker {
  readonly name: string
  readonly #kafka: Kafkalet
  readonly consumer: Consumer<AnyTopics>
  readonly producer: ReturnType<Kafkalet['producer']>
  isDead = false

  constructor(kafka: Kafkalet, name: string) {
    this.#kafka = kafka
    this.name = name
    this.consumer = kafka.consumer({
      clientId: name,
      groupId: 'g',
      topics: ['in'],
      autoOffsetReset: 'earliest',
      enableAutoCommit: false,
      isolationLevel: 'read_committed',
      sessionTimeoutMs: 10_000,
      maxPollRecords: 3,
    })
    this.producer = kafka.producer({ clientId: name, transactionalId: name, transactionTimeoutMs: 15_000 })
  }

  /** What fails ends the process: whoever starts it again goes on where its group has committed. */
  async run(): Promise<void> {
    try {
      await this.producer.initTransactions()
      while (!this.isDead) {
        const records = await this.consumer.poll({ timeoutMs: 500 })
        if (records.length > 0) await this.#transform(records)
      }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
    }
    this.die()
  }

  async #transform(records: readonly Read[]): Promise<void> {
    await this.producer.transaction(async (transaction) => {
      for (const { partition, value } of records) await transaction.send({ topic: 'out', partition, value })
      const next = new Map(records.map(({ partition, offset }) => [partition, offset + 1]))
      const offsets = [...next].map(([partition, offset]) => ({ topic: 'in', partition, offset }))
      await transaction.sendOffsets(offsets, this.consumer.groupMetadata())
    })
  }

  die(): void {
    if (this.isDead) return
    this.isDead = true
    crash(this.consumer)
    crash(this.producer)
  }

  outage(isOn: boolean, kind: 'freeze' | 'cut'): void {
    for (const client of [this.consumer, this.producer]) {
      if (kind === 'freeze') (isOn ? freeze : thaw)(client)
      else (isOn ? disconnect : reconnect)(client)
    }
  }

  /** The same process, started again. */
  again(): Worker {
    return new Worker(this.#kafka, this.name)
  }
}

class World {
  readonly clock = new ManualClock()
  readonly kafka: Kafkalet
  readonly chance: Chance
  workers: Worker[] = []
  readonly #failures: unknown[] = []

  constructor(seed: number) {
    this.kafka = new Kafkalet({ clock: this.clock, seed })
    this.chance = chanceOf(seed, 0)
  }

  async begin(): Promise<void> {
    await this.kafka.admin().createTopics(['in', 'out'].map((topic) => ({ topic, partitions: PARTITIONS })))
    for (const name of ['one', 'two']) this.#start(new Worker(this.kafka, name))
  }

  /** Some input, some trouble, some time. */
  async step(feed: () => Promise<void>): Promise<void> {
    const worker = this.chance.pick(this.workers as [Worker, ...Worker[]])
    const faults = faultsOf(this.kafka)
    const lostAnswers = ['Produce', 'EndTxn', 'TxnOffsetCommit', 'InitProducerId'] as const
    const troubles: { readonly weight: number; readonly act: () => unknown }[] = [
      { weight: 6, act: () => {} },
      { weight: 2, act: () => worker.die() },
      { weight: 2, act: () => worker.outage(true, 'freeze') },
      { weight: 2, act: () => worker.outage(true, 'cut') },
      { weight: 4, act: () => this.#mend() },
      { weight: 3, act: () => void faults.on(this.chance.pick(lostAnswers), { clientId: worker.name }).loseResponse() },
      { weight: 2, act: () => void faults.on('WriteTxnMarkers').drop() },
      { weight: 1, act: () => loseCoordinator(this.kafka, 'g', { loadMs: this.chance.below(2_000) }) },
      {
        weight: 2,
        act: () => insidesOf(this.kafka)?.broker.transactions.lose(worker.name, { loadMs: this.chance.below(2_000) }),
      },
    ]
    if (this.chance.oneIn(2)) await feed()
    await weighted(this.chance, troubles)?.act()
    await this.clock.advance(this.chance.oneIn(5) ? this.chance.below(20_000) : this.chance.below(400))
    this.#replaceTheDead()
  }

  /** All is well again: what is left is worked off. */
  async end(): Promise<void> {
    faultsOf(this.kafka).clear()
    this.#mend()
    for (let round = 0; round < 20; round++) {
      await this.clock.advance(5_000)
      this.#replaceTheDead()
    }
    for (const worker of this.workers) worker.die()
    await this.clock.advance(20_000)
    if (this.#failures.length > 0) throw this.#failures[0]
  }

  async results(partition: number): Promise<string[]> {
    const reader = this.kafka.consumer({ autoOffsetReset: 'earliest', isolationLevel: 'read_committed' })
    const place = { topic: 'out', partition }
    reader.assign([place])
    const values: string[] = []
    for (let before = -1, at = 0; at !== before; ) {
      before = at
      values.push(...(await reader.poll({ timeoutMs: 0 })).map(({ value }) => String(value)))
      at = await reader.position(place)
    }
    await reader.close()
    return values
  }

  #start(worker: Worker): void {
    this.workers.push(worker)
    worker.run().catch((error) => this.#failures.push(error))
  }

  #replaceTheDead(): void {
    const dead = this.workers.filter(({ isDead }) => isDead)
    this.workers = this.workers.filter(({ isDead }) => !isDead)
    for (const worker of dead) this.#start(worker.again())
  }

  #mend(): void {
    for (const worker of this.workers) {
      worker.outage(false, 'freeze')
      worker.outage(false, 'cut')
    }
  }
}

describe('consume, transform, produce in transactions', () => {
  test.each(seedsOf(0, SHARE))('has each result once (SIMULATION_SEED=%i)', async (seed) => {
    const world = new World(seed)
    await world.begin()
    const feeder = world.kafka.producer()
    let fed = 0
    const feed = async () => {
      if (fed === RECORDS_A_PARTITION) return
      const value = String(fed++)
      for (let partition = 0; partition < PARTITIONS; partition++) await feeder.send({ topic: 'in', partition, value })
    }
    for (let step = 0; step < STEPS; step++) await world.step(feed)
    while (fed < RECORDS_A_PARTITION) await feed()
    await world.end()
    const expected = Array.from({ length: RECORDS_A_PARTITION }, (_, i) => String(i))
    for (let partition = 0; partition < PARTITIONS; partition++)
      expect(await world.results(partition), `partition ${partition}`).toEqual(expected)
    await world.kafka.close()
  })
})
