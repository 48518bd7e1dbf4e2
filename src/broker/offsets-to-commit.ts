// The offsets of an OffsetCommit or a TxnOffsetCommit: a partition that does not exist is refused for itself alone.

import { ErrorCode } from '../errors.ts'
import type { CommitAnswer, OffsetToCommit } from '../groups/offsets.ts'
import type { OffsetCommitRequest, OffsetCommitResponse } from './group-api.ts'
import type { BrokerInternals } from './handler.ts'

type RequestTopics = OffsetCommitRequest['topics']

export class OffsetsToCommit {
  /** Those whose partition exists. */
  readonly known: readonly OffsetToCommit[]
  readonly #broker: BrokerInternals
  readonly #topics: RequestTopics
  readonly #all: readonly OffsetToCommit[]

  constructor(broker: BrokerInternals, topics: RequestTopics) {
    this.#broker = broker
    this.#topics = topics
    this.#all = topics.flatMap(({ name, partitions }) => partitions.map((each) => toCommit(name, each)))
    this.known = this.#all.filter(
      ({ topic, partition }) => broker.topics.get(topic)?.partitions[partition] !== undefined,
    )
  }

  get areAllUnknown(): boolean {
    return this.known.length === 0 && this.#all.length > 0
  }

  allWith(errorCode: ErrorCode, errorMessage: string | null): CommitAnswer {
    return { errorCodes: this.known.map(() => errorCode), errorMessage }
  }

  /** `errorCodes` are those of the known ones, in their order. */
  responseTo({ errorCodes, errorMessage }: CommitAnswer): OffsetCommitResponse {
    const codes = new Map(this.known.map((entry, i) => [entry, errorCodes[i] ?? ErrorCode.NONE]))
    const stranger = this.#all.find((entry) => !codes.has(entry))
    const answered = this.#all.map((entry) => codes.get(entry) ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION).values()
    return {
      errorMessage: errorMessage ?? (stranger ? this.#unknown(stranger) : null),
      topics: this.#topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: answered.next().value ?? ErrorCode.NONE,
        })),
      })),
    }
  }

  #unknown({ topic: name, partition }: OffsetToCommit): string {
    const { topics } = this.#broker
    const topic = topics.get(name)
    return topic ? topics.unknownPartition(topic, partition) : topics.unknown(name)
  }
}

function toCommit(topic: string, each: RequestTopics[number]['partitions'][number]): OffsetToCommit {
  return {
    topic,
    partition: each.partitionIndex,
    offset: each.committedOffset,
    leaderEpoch: each.committedLeaderEpoch,
    metadata: each.committedMetadata,
  }
}
