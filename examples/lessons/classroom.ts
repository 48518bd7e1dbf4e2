// A Kafka with a clock that stands, in which actions are carried out one after the other.
import { type Admin, type AnyTopics, Kafkalet, type Producer } from 'kafkalet'
import { inspect, ManualClock, settle, type Timeline } from 'kafkalet/testing'
import type { Action, Written } from './action.ts'
import { lookAtGroups, lookAtOffsets, lookAtTopics } from './look.ts'
import { Reader } from './reader.ts'
import type { Sight } from './sight.ts'

/** The same for everybody, so that the same actions give the same picture. */
const SEED = 1

export class Classroom implements AsyncDisposable {
  readonly clock = new ManualClock()
  readonly kafka = new Kafkalet({ clock: this.clock, seed: SEED })
  readonly #timeline: Timeline = inspect(this.kafka).timeline()
  readonly #startMs = this.clock.now()
  readonly #admin: Admin = this.kafka.admin({ clientId: 'teacher' })
  readonly #producer: Producer<AnyTopics> = this.kafka.producer({ clientId: 'teacher' })
  /** In the order in which they came. */
  readonly #readers: Reader[] = []
  readonly #done: Action[] = []

  /** What was done so far. Done again in another classroom, it gives what is seen in this one. */
  get done(): readonly Action[] {
    return this.#done
  }

  /**
   * Carries the action out, with all that follows from it without time passing. What a consumer's call is refused with,
   * its sight says.
   *
   * @throws KafkaError for what cannot be done: nothing has changed then
   */
  async do(action: Action): Promise<void> {
    await this.#carryOut(action)
    await settle(this.kafka)
    this.#done.push(action)
  }

  async look(): Promise<Sight> {
    return {
      afterMs: this.clock.now() - this.#startMs,
      topics: await lookAtTopics(this.kafka, this.#admin),
      groups: await lookAtGroups(this.kafka, this.#admin),
      consumers: this.#readers.map(({ sight }) => sight),
      offsets: await lookAtOffsets(this.kafka, this.#admin),
      timeline: [...this.#timeline.entries],
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const reader of this.#readers) if (reader.isOpen) reader.crash()
    await this.kafka.close()
  }

  async #carryOut(action: Action): Promise<unknown> {
    switch (action.type) {
      case 'createTopic':
        return await this.#admin.createTopics([{ topic: action.topic, partitions: action.partitions }])
      case 'addPartitions':
        return await this.#admin.createPartitions({ [action.topic]: action.partitions })
      case 'produce':
        for (const record of action.records) await this.#producer.send({ topic: action.topic, ...sendable(record) })
        return
      case 'resetOffsets':
        return await this.#admin.resetOffsets(action.group, { topics: [action.topic], to: action.to })
      case 'pass':
        return await this.clock.advance(action.ms)
      case 'start':
        return this.#readers.push(new Reader(this.kafka, this.clock, action))
      case 'run':
        return this.#reader(action.consumer).run(action.handlerMs)
      case 'seek':
        return this.#reader(action.consumer).seek(action.topic, action.partition, action.offset)
      default:
        return this.#reader(action.consumer)[action.type]()
    }
  }

  #reader(name: string): Reader {
    const reader = this.#readers.filter((each) => each.name === name).at(-1)
    if (reader?.isOpen) return reader
    throw new Error(reader ? `Consumer ${name} is ${reader.sight.state}.` : `There is no consumer ${name}.`)
  }
}

function sendable({ keyBytes, ...record }: Written) {
  return keyBytes ? { ...record, key: Uint8Array.from(keyBytes) } : record
}
