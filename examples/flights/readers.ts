// The consumers of the two groups, and the two ways to commit: by hand, and by auto commit.
import { type Consumer, type ConsumerConfig, KafkaError } from 'kafkalet'
import type { Ledger } from './ledger.ts'
import type { Topics, World } from './world.ts'

type RowConsumer = Consumer<Topics, keyof Topics>

export interface Reader {
  readonly name: string
  readonly consumer: RowConsumer
  /** Reads until the signal aborts, or the consumer crashes. */
  run(signal: AbortSignal): Promise<void>
}

export interface ReaderSetup {
  readonly kafka: World
  readonly topic: keyof Topics
  readonly name: string
  readonly ledger: Ledger
}

const timing: ConsumerConfig = { sessionTimeoutMs: 1000, heartbeatIntervalMs: 50, autoOffsetReset: 'earliest' }

const BATCHES_PER_COMMIT = 4

/** Commits after every few batches, and whenever it has to give partitions back. */
export function committingReader(
  { kafka, topic, name, ledger }: ReaderSetup,
  afterBatch: (reader: Reader) => 'go on' | Promise<'go on' | 'crashed'>,
): Reader {
  const consumer: RowConsumer = kafka.consumer({
    ...timing,
    groupId: ledger.groupId,
    clientId: name,
    topics: [topic],
    enableAutoCommit: false,
    // Whoever gets the partitions next goes on where this one stands.
    onPartitionsRevoked: () => unlessThrownOut(consumer.commit()),
    // They belong to others already: there is nothing to commit.
    onPartitionsLost: () => {},
  })
  let batches = 0
  const reader: Reader = {
    name,
    consumer,
    run(signal) {
      return consumer.run(
        {
          async eachBatch(batch) {
            for (const record of batch) ledger.take(record)
            if ((await afterBatch(reader)) === 'crashed') return
            batches++
            const last = batch.at(-1)
            if (!last || batches % BATCHES_PER_COMMIT !== 0) return
            const next = { topic, partition: last.partition, offset: last.offset + 1 }
            await unlessThrownOut(consumer.commit([next]))
          },
        },
        { signal },
      )
    },
  }
  return reader
}

/** Leaves the commits to the consumer: every 100 ms, and when it is closed. */
export function autoCommittingReader({ kafka, topic, name, ledger }: ReaderSetup, afterRecord: () => void): Reader {
  const consumer: RowConsumer = kafka.consumer({
    ...timing,
    groupId: ledger.groupId,
    clientId: name,
    topics: [topic],
    autoCommitIntervalMs: 100,
  })
  return {
    name,
    consumer,
    run(signal) {
      return consumer.run(
        {
          eachRecord(record) {
            ledger.take(record)
            afterRecord()
          },
        },
        { signal },
      )
    },
  }
}

/**
 * The commit of a member that stood still for too long comes too late: others own its partitions, and get again what
 * it did not commit. Nothing is lost, so it goes on, as a new member.
 */
export async function unlessThrownOut(commit: Promise<void>): Promise<void> {
  try {
    await commit
  } catch (error) {
    const isThrownOut = error instanceof KafkaError && ['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION'].includes(error.code)
    if (!isThrownOut) throw error
  }
}
