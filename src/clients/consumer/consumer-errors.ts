// What a consumer says when it cannot do what it is asked for: why, and what to do instead.

import { KafkaError } from '../../errors.ts'

export function exclusive(call: string, other: string): KafkaError {
  return new KafkaError(
    'ILLEGAL_STATE',
    `${call} does not go together with ${other}. Call unsubscribe first, or use another consumer.`,
  )
}

export function thrownOut(groupId: string): KafkaError {
  const why =
    `This consumer is no member of group '${groupId}' any more: it was thrown out (a session timeout, or no poll within ` +
    'maxPollIntervalMs), and others own its partitions. Poll to join again; what was not committed comes again.'
  return new KafkaError('UNKNOWN_MEMBER_ID', why)
}

export function fenced(groupId: string, groupInstanceId: string | null): KafkaError {
  const why =
    `Another consumer has joined group '${groupId}' with the groupInstanceId '${groupInstanceId}', so this one is fenced ` +
    'and has lost its partitions. Give each consumer an instance id of its own, and close this one.'
  return new KafkaError('FENCED_INSTANCE_ID', why)
}

export function rebalancing(groupId: string): KafkaError {
  const why = `Group '${groupId}' is rebalancing, and this consumer waits for what it will own. Poll first, then commit what it owns then.`
  return new KafkaError('REBALANCE_IN_PROGRESS', why)
}

export function closedError(): KafkaError {
  return new KafkaError('ILLEGAL_STATE', 'This consumer is closed. Make another one with kafka.consumer().')
}
