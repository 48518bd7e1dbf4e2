// Offsets of a group that are committed with a transaction. Those that could not be taken yet are sent again, alone.
// (Kafka: TransactionManager.TxnOffsetCommitHandler)
// Differs from Kafka: that a partition does not exist is told at once, and not when max.block.ms is over.

import { ErrorCode, errorFrom, errorText, KafkaError } from '../../errors.ts'
import { checkOffset, groupByTopic } from '../offsets-client.ts'
import { describe } from '../serde.ts'
import { keyOf } from '../topic.ts'
import type { CoordinatorLine } from './coordinator-line.ts'
import type { TransactionGroup, TransactionOffset } from './transaction.ts'

interface ProducerOfTransaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

export class OffsetsOfTransaction {
  readonly #line: CoordinatorLine
  readonly #group: Required<TransactionGroup>
  #left: readonly TransactionOffset[]

  /** @param line to the coordinator of the group */
  constructor(line: CoordinatorLine, group: TransactionGroup, offsets: readonly TransactionOffset[]) {
    const { groupId, generation = -1, memberId = '', groupInstanceId = null } = group
    this.#line = line
    this.#group = { groupId, generation, memberId, groupInstanceId }
    this.#left = offsets
  }

  /** `checkWanted` throws where they need not be tried any more. */
  async send(producer: ProducerOfTransaction, checkWanted: () => void): Promise<void> {
    await this.#line.ask(
      () => {
        checkWanted()
        return this.#sendOnce(producer)
      },
      ({ code, retriable }) => retriable && code !== 'UNKNOWN_TOPIC_OR_PARTITION',
    )
  }

  async #sendOnce(producer: ProducerOfTransaction): Promise<void> {
    const { groupId, generation: generationId, memberId, groupInstanceId } = this.#group
    const offsets = groupByTopic(this.#left)
    const answer = await this.#line.request('TxnOffsetCommit', {
      ...producer,
      groupId,
      generationId,
      memberId,
      groupInstanceId,
      topics: [...offsets].map(([name, entries]) => ({
        name,
        partitions: entries.map(({ partition, offset, metadata }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedLeaderEpoch: -1,
          committedMetadata: metadata ?? null,
        })),
      })),
    })
    const left: TransactionOffset[] = []
    let passing: KafkaError | null = null
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, errorCode } of partitions) {
        if (errorCode === ErrorCode.NONE) continue
        const offset = offsets.get(name)?.find(({ partition }) => partition === partitionIndex)
        if (offset === undefined) throw new Error(`TxnOffsetCommit answered for ${name}-${partitionIndex}, unasked`)
        const error = this.#errorOf(errorCode, offset, answer.errorMessage)
        if (!error.retriable) throw error
        if (passing === null || error.code === 'UNKNOWN_TOPIC_OR_PARTITION') passing = error
        left.push(offset)
      }
    }
    this.#left = left
    if (passing !== null) throw passing
  }

  #errorOf(errorCode: ErrorCode, offset: TransactionOffset, message: string | null): KafkaError {
    const error = errorFrom(errorCode, message)
    const { groupId, generation, memberId } = this.#group
    switch (error.code) {
      case 'UNKNOWN_MEMBER_ID':
      case 'ILLEGAL_GENERATION':
      case 'FENCED_INSTANCE_ID': {
        const why =
          `The group '${groupId}' has gone on without member '${memberId}' of generation ${generation} (${error.code}), so ` +
          'others may have what it has read. Abort the transaction, poll, and begin another one.'
        return new KafkaError(error.code, why)
      }
      case 'UNKNOWN_TOPIC_OR_PARTITION':
        return new KafkaError(error.code, message ?? `There is no ${keyOf(offset)}, so no offset of it is committed.`)
      default:
        return new KafkaError(error.code, message ?? `The offset of ${keyOf(offset)}: ${errorText(error.code)}`)
    }
  }
}

export function checkOffsets(offsets: readonly TransactionOffset[], group: TransactionGroup): void {
  if (!Array.isArray(offsets)) {
    throw new KafkaError('INVALID_ARGUMENT', `sendOffsets takes a list of offsets, not ${describe(offsets)}.`)
  }
  for (const each of offsets) checkOffset(each.offset, each)
  if (typeof group?.groupId !== 'string' || group.groupId === '') {
    const why = 'sendOffsets: say whose offsets they are: consumer.groupMetadata(), or { groupId }.'
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  const { generation = -1, memberId = '' } = group
  if (generation <= 0 || memberId !== '') return
  const why = `sendOffsets: a member of generation ${generation} has a memberId. Give what consumer.groupMetadata() says.`
  throw new KafkaError('INVALID_ARGUMENT', why)
}
