// Sight of everything: topics, groups, transactions, and what happened.

import { type GroupView, viewGroup } from './group-view.ts'
import { instance } from './instance.ts'
import { type Timeline, timelineOf } from './timeline.ts'
import { type TopicView, viewTopic } from './topic-view.ts'
import { type TransactionsOverview, viewTransactions } from './transaction-view.ts'

/** What `inspect` gives. To look changes nothing: no request is sent, so no fault meets it and no group notices. */
export interface Inspector {
  /**
   * The topic now: its records read by its serdes, its segments and offsets. `__consumer_offsets` and
   * `__transaction_state` are two of them.
   *
   * @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION, with the name that may have been meant
   */
  topic(name: string): Promise<TopicView>
  /**
   * The group now: state, generation, members, who owns what, commits and lag. As text (`String(view)`) it is a table.
   *
   * @throws KafkaError GROUP_ID_NOT_FOUND, with the name that may have been meant; COORDINATOR_LOAD_IN_PROGRESS
   */
  group(groupId: string): GroupView
  /**
   * The transactional ids now: what each has open, since when, and what is to be committed with it. As text it is a table.
   *
   * @throws KafkaError COORDINATOR_LOAD_IN_PROGRESS
   */
  transactions(): TransactionsOverview
  /**
   * What happens from the first time on that this is asked for: ask before it begins. Nothing is recorded, and nothing
   * costs anything, where nobody asks.
   */
  timeline(): Timeline
}

/**
 * Shows what is inside an instance.
 *
 * @throws KafkaError INVALID_ARGUMENT for anything but a Kafkalet
 * @example
 * const { records } = await inspect(kafka).topic('orders')
 * const { lag, members } = inspect(kafka).group('billing')
 * console.log(String(inspect(kafka).group('billing'))) // Group 'billing' is Stable in generation 1, with …
 */
export function inspect(kafka: object): Inspector {
  const insides = instance('inspect', kafka)
  return {
    topic: async (name) => await viewTopic('inspect(kafka).topic', kafka, name),
    group: (groupId) => viewGroup('inspect(kafka).group', kafka, groupId),
    transactions: () => viewTransactions(insides),
    timeline: () => timelineOf(kafka),
  }
}
