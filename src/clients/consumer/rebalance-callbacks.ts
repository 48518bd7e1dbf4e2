// What the application is told in a rebalance, and what becomes of an error it throws then.
// (Kafka: ConsumerRebalanceListenerInvoker)

import { KafkaError } from '../../errors.ts'
import type { TopicPartition } from '../topic.ts'
import type { RebalanceCallbacks } from './consumer.ts'

/** A lost partition is told as revoked to an application that does not tell the two apart. */
export async function tellGone(
  callbacks: RebalanceCallbacks,
  how: 'revoked' | 'lost',
  partitions: readonly TopicPartition[],
): Promise<void> {
  const tell = how === 'lost' && callbacks.onPartitionsLost ? 'onPartitionsLost' : 'onPartitionsRevoked'
  try {
    await callbacks[tell]?.(partitions)
  } catch (cause) {
    throw callbackFailed(tell, cause)
  }
}

export async function tellAssigned(
  callbacks: RebalanceCallbacks,
  partitions: readonly TopicPartition[],
): Promise<void> {
  try {
    await callbacks.onPartitionsAssigned?.(partitions)
  } catch (cause) {
    throw callbackFailed('onPartitionsAssigned', cause)
  }
}

/** A KafkaError, such as that of a commit in the callback, says more as it is. */
export function callbackFailed(what: string, cause: unknown): KafkaError {
  if (cause instanceof KafkaError) return cause
  const why = cause instanceof Error ? cause.message : String(cause)
  return new KafkaError('CALLBACK_FAILED', `${what} threw an error: ${why}`, { cause })
}
