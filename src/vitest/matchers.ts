// The matchers, and what they are for TypeScript.

import type { ApiName } from '../broker/api.ts'
import type { MaybePromise } from '../clients/serde.ts'
import type { AnyTopics, TopicMap, TopicName } from '../clients/topic.ts'
import type { Kafkalet } from '../kafkalet.ts'
import { toBeStable, toHaveCommitted, toHaveNoLag, toOwn } from './group-matchers.ts'
import { toBeOrderedPerKey } from './ordered-per-key.ts'
import { type ExpectedRecord, toHaveRecord, toHaveRecords } from './record-matchers.ts'
import { type ExpectedRequest, toHaveBeenRequested } from './request-matchers.ts'

/** The names of the topics that an instance declares; any text for anything else. */
type TopicOf<Actual> = Actual extends Kafkalet<infer M extends TopicMap> ? TopicName<M> : TopicName<AnyTopics>

/** What `expect` can say once `kafkalet/vitest` is imported. Asymmetric matchers work wherever a value is expected. */
export interface KafkaMatchers<Actual = unknown> {
  /**
   * `expect(kafka)`: the topic has such a record. What is not named does not matter; `value` and `key` must be equal, of
   * `headers` those that are named. Records of transactions count once they are committed, unless `transaction` is named:
   * 'open', 'committed' or 'aborted'. Await it where a serde of the topic is asynchronous.
   *
   * @example
   * expect(kafka).toHaveRecord('invoices', { key: 'ada', value: expect.objectContaining({ amount: 12 }) })
   */
  toHaveRecord(topic: TopicOf<Actual>, record: ExpectedRecord): MaybePromise<void>
  /**
   * `expect(kafka)`: the topic has these records and no others. The records of one partition are expected in their order;
   * those of several may be mixed. Records of transactions count as for `toHaveRecord`. Await it where a serde of the topic is asynchronous.
   *
   * @example
   * expect(kafka).toHaveRecords('invoices', [{ value: 'one' }, { value: 'two' }])
   */
  toHaveRecords(topic: TopicOf<Actual>, records: readonly ExpectedRecord[]): MaybePromise<void>
  /**
   * `expect(kafka)`: the group has committed these offsets, each by `topic-partition`; null for one that it has not.
   *
   * @example
   * expect(kafka).toHaveCommitted('billing', { 'orders-0': 3, 'orders-1': null })
   */
  toHaveCommitted(groupId: string, offsets: Readonly<Record<string, unknown>>): void
  /**
   * `expect(kafka)`: the group has read and committed all there is.
   *
   * @example
   * expect(kafka).toHaveNoLag('billing')
   */
  toHaveNoLag(groupId: string): void
  /**
   * `expect(kafka)`: the group is Stable, which is: it has members, and no rebalance is under way.
   *
   * @example
   * expect(kafka).toBeStable('billing')
   */
  toBeStable(groupId: string): void
  /**
   * `expect(consumer)`: it owns these partitions, as `topic-partition`, and no others.
   *
   * @example
   * expect(consumer).toOwn(['orders-0', 'orders-1'])
   */
  toOwn(partitions: unknown): void
  /**
   * `expect(kafka)`: such a request came, or `times` of them, whatever became of it. Chosen by `topic`, `partition`,
   * `groupId`, `memberId` and `clientId`, as faults are; by fields of the `request` and its `response`; by an `error` of the
   * answer. It knows what came since `faultsOf(kafka).record()`; the instance of `kafkaFixtures` records from the start.
   *
   * @example
   * expect(kafka).toHaveBeenRequested('OffsetCommit', { groupId: 'billing', times: 1 })
   * expect(kafka).not.toHaveBeenRequested('Produce', { error: 'NOT_LEADER_OR_FOLLOWER' })
   */
  toHaveBeenRequested<Api extends ApiName>(api: Api, request?: ExpectedRequest<Api>): void
  /**
   * `expect(records)`: whoever got these records, in this order, got those of each key in the order in which they stand in
   * the log. A record that came again counts where it came first.
   *
   * @example
   * expect(handled).toBeOrderedPerKey()
   */
  toBeOrderedPerKey(): void
}

export const matchers = {
  toHaveRecord,
  toHaveRecords,
  toHaveCommitted,
  toHaveNoLag,
  toBeStable,
  toOwn,
  toHaveBeenRequested,
  toBeOrderedPerKey,
}

declare module 'vitest' {
  interface Matchers<T> extends KafkaMatchers<T> {}
}
