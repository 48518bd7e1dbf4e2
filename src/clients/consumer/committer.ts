// Commits offsets in the name of the member, or of the group alone where partitions are assigned by hand.
// (Kafka: ConsumerCoordinator.sendOffsetCommitRequest, commitOffsetsSync)

import type { Connection } from '../connection.ts'
import { type CommittedOffset, commitOffsets, fetchCommitted, type OffsetToCommit } from '../offsets-client.ts'
import type { TopicPartition } from '../topic.ts'
import { rebalancing, thrownOut } from './consumer-errors.ts'
import type { Membership } from './membership.ts'

export class Committer {
  readonly #connection: Connection
  readonly #membership: Membership
  readonly #isSubscribed: () => boolean

  constructor(connection: Connection, membership: Membership, isSubscribed: () => boolean) {
    this.#connection = connection
    this.#membership = membership
    this.#isSubscribed = isSubscribed
  }

  /** Asks again while the coordinator cannot answer. */
  commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    const isMember = this.#isSubscribed()
    return this.#membership.coordinator.ask('commit', () => this.#commit(offsets, isMember))
  }

  async commitOnce(offsets: readonly OffsetToCommit[]): Promise<void> {
    const isMember = this.#isSubscribed()
    await this.#membership.coordinator.find()
    await this.#commit(offsets, isMember)
  }

  committed(partitions: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    const { coordinator, config } = this.#membership
    return coordinator.ask('committed', () => fetchCommitted(this.#connection, config.groupId, partitions))
  }

  /** Who commits is looked up with each try: between two the member may have joined again, or left for good. */
  async #commit(offsets: readonly OffsetToCommit[], asMember: boolean): Promise<void> {
    const { groupId, groupInstanceId } = this.#membership.config
    if (!asMember) {
      await commitOffsets(this.#connection, { groupId, generation: -1, memberId: '' }, offsets)
      return
    }
    const { fencedBy, isJoining, isMember, generation, memberId } = this.#membership
    if (fencedBy) throw fencedBy
    if (isJoining) throw rebalancing(groupId)
    if (!isMember) throw thrownOut(groupId)
    const identity = { groupId, generation, memberId, groupInstanceId }
    try {
      await commitOffsets(this.#connection, identity, offsets, (errorCode) => this.#membership.learn(errorCode))
    } catch (error) {
      throw this.#membership.fencedBy ?? error
    }
  }
}
