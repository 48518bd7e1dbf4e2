// The transaction coordinator: over __transaction_state. It sends the markers of a transaction that is decided to the
// partitions it has touched, and again until they stand.
// (Kafka: TransactionMarkerChannelManager)

import { NOTHING } from '../coordinator/step.ts'
import { ErrorCode } from '../errors.ts'
import { completeTransaction } from '../transactions/end-transaction.ts'
import { abandonTransactions, resumeTransactions } from '../transactions/load.ts'
import { type TransactionConfig, TransactionShard } from '../transactions/shard.ts'
import type { Transaction, TransactionPartition } from '../transactions/transaction.ts'
import type { TransactionEvent } from '../transactions/transaction-step.ts'
import type { RequestOf, ResponseOf } from './api.ts'
import { Coordinator, type CoordinatorTopicHost } from './coordinator.ts'

export interface TransactionCoordinatorHost extends CoordinatorTopicHost<TransactionEvent> {
  newProducerId(): number
  /**
   * A request of the broker to itself, in a turn of its own; null where no answer came. Each coordinator has a connection of
   * its own, as it has in Kafka, where another broker takes over.
   */
  writeMarkers(
    request: RequestOf<'WriteTxnMarkers'>,
    connection: object,
    answered: (response: ResponseOf<'WriteTxnMarkers'> | null) => void,
  ): void
}

export type TransactionCoordinator = Coordinator<TransactionEvent, TransactionShard>

/** How long until a marker that could not be written is sent again, in ms. (`retry.backoff.ms` of Kafka's own clients) */
const RETRY_MS = 100

export function transactionCoordinator(
  host: TransactionCoordinatorHost,
  config: TransactionConfig,
): TransactionCoordinator {
  const coordinator: TransactionCoordinator = new Coordinator<TransactionEvent, TransactionShard>(host, {
    newShard: (epoch) =>
      new TransactionShard({ config, newProducerId: () => host.newProducerId(), sendMarkers }, epoch),
    resume: resumeTransactions,
    // What is written here belongs to no transaction.
    marked: () => NOTHING,
    abandon: abandonTransactions,
  })

  function sendMarkers(shard: TransactionShard, transaction: Transaction): void {
    const { transactionalId } = transaction
    const partitions = shard.openPartitions(transaction)
    // Another coordinator may have taken over meanwhile: it sends them itself.
    const ifMine = (goOn: () => void) => {
      coordinator.run(
        transactionalId,
        (present) => {
          if (present === shard) goOn()
          return NOTHING
        },
        () => {},
      )
    }
    const complete = () =>
      coordinator.run(
        transactionalId,
        (present, nowMs) => (present === shard ? completeTransaction(shard, transaction, nowMs) : NOTHING),
        () => {},
      )
    if (partitions.length === 0) {
      complete()
      return
    }
    host.writeMarkers(markersOf(shard, transaction, partitions), shard, (response) =>
      ifMine(() => {
        const left = partitions.filter((each) => !isDone(response, each))
        shard.leftToMark(transactionalId, left)
        if (left.length === 0) complete()
        else host.schedule(RETRY_MS, () => ifMine(() => sendMarkers(shard, transaction)))
      }),
    )
  }

  return coordinator
}

function markersOf(
  { coordinatorEpoch }: TransactionShard,
  { producerId, producerEpoch, state }: Transaction,
  partitions: readonly TransactionPartition[],
): RequestOf<'WriteTxnMarkers'> {
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of partitions) {
    const indexes = byTopic.get(topic)
    if (indexes) indexes.push(partition)
    else byTopic.set(topic, [partition])
  }
  const topics = [...byTopic].map(([name, partitionIndexes]) => ({ name, partitionIndexes }))
  const transactionResult = state === 'PrepareCommit'
  return { markers: [{ producerId, producerEpoch, transactionResult, topics, coordinatorEpoch }] }
}

/** The marker stands, or there is nowhere for it to stand. */
function isDone(response: ResponseOf<'WriteTxnMarkers'> | null, { topic, partition }: TransactionPartition): boolean {
  const answer = response?.markers[0]?.topics
    .find(({ name }) => name === topic)
    ?.partitions.find(({ partitionIndex }) => partitionIndex === partition)
  switch (answer?.errorCode) {
    case ErrorCode.NONE:
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
    // A newer epoch has been there, and has ended what this one would.
    case ErrorCode.INVALID_PRODUCER_EPOCH:
    case ErrorCode.TRANSACTION_COORDINATOR_FENCED:
      return true
    default:
      return false
  }
}
