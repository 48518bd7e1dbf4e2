// What a handler is, and what of the broker it may use.

import type { TimerHandle } from '../clock.ts'
import type { GroupEvent } from '../groups/group-step.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { AppendOrigin, SentBatch } from '../log/producer-state.ts'
import type { RecordBatch } from '../log/record-batch.ts'
import type { TransactionEvent } from '../transactions/transaction-step.ts'
import type { ApiName, RequestContext, RequestOf, ResponseOf } from './api.ts'
import type { BrokerConfig } from './configs.ts'
import type { EventFeed } from './events.ts'
import type { GroupCoordinator } from './group-coordinator.ts'
import type { ParkedAnswers, ParkedFetches } from './parked.ts'
import type { ProducerIds } from './producer-ids.ts'
import type { NewTopic, Topic, Topics } from './topics.ts'
import type { TransactionCoordinator } from './transaction-coordinator.ts'

export interface BrokerInternals {
  readonly config: Required<BrokerConfig>
  readonly topics: Topics
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly fetches: ParkedFetches
  readonly answers: ParkedAnswers
  readonly events: EventFeed
  readonly producerIds: ProducerIds
  nowMs(): number
  /**
   * Appends to the log and wakes who waits for it. Returns the offset, or what was written when the batch was sent before;
   * throws the KafkaError of a batch that is refused.
   */
  append(log: PartitionLog, batch: RecordBatch, origin: AppendOrigin): number | SentBatch
  /** Creates the topic, or says with a KafkaError why not. */
  createTopic(topic: NewTopic): Topic
  /** `__consumer_offsets`, made when it is first needed. */
  offsetsTopic(): Topic
  /** `__transaction_state`, likewise. */
  transactionsTopic(): Topic
  /** A timer that somebody waits for. It fires before its turn, and `enter`s it. What `fire` returns is as the clock wants it. */
  deadline(delayMs: number, fire: () => unknown, idleForMs?: number): TimerHandle
  cancelDeadline(deadline: TimerHandle): void
  /** Does the work in a turn of its own, now or when it is its turn; null where that is later, or the broker is closed. */
  enter(work: () => unknown): unknown
  announce(event: GroupEvent | TransactionEvent): void
}

export type Handler<Api extends ApiName> = (
  broker: BrokerInternals,
  request: RequestOf<Api>,
  context: RequestContext,
) => ResponseOf<Api> | Promise<ResponseOf<Api>>

/** There is one broker, and this is how it is called. */
export const NODE = { nodeId: 1, host: 'kafkalet', port: 9092 } as const
