// The sticky assignor: as even as can be, and of that what leaves the most with its owner. Its members give up everything
// before they join, and tell in their user data what they had. (Kafka: StickyAssignor, without racks.)

import { ByteReader, ByteWriter } from '../../bytes.ts'
import { inHashMapOrder } from '../hash-map-order.ts'
import type { Assignor, LastAssignment } from './assignor.ts'
import { assignmentsByMember, assignSticky } from './sticky-assignment/sticky-assignment.ts'
import { type MemberData, NO_GENERATION, stickyGroup } from './sticky-assignment/sticky-group.ts'

export const sticky: Assignor = {
  name: 'sticky',

  assign(members, partitionCounts) {
    if (members.length === 0) return new Map()
    const group = stickyGroup(members, partitionCounts, ({ subscription }) => decodeUserData(subscription.userData))
    return assignmentsByMember(group, assignSticky(group).owner)
  },

  subscriptionUserData(_topics, last) {
    return last === null ? null : encodeUserData(last)
  },
}

/** Kafka's STICKY_ASSIGNOR_USER_DATA_V1; topics stand in the order in which Java writes them. */
function encodeUserData({ partitions, generation }: LastAssignment): Uint8Array {
  const topics = inHashMapOrder(
    [...partitions].filter(([, ofTopic]) => ofTopic.length > 0),
    ([topic]) => topic,
  )
  return new ByteWriter()
    .array(topics, (to, [topic, ofTopic]) => {
      to.string(topic).array(ofTopic, (inner, partition) => inner.int32(partition))
    })
    .int32(generation)
    .finish()
}

/** What cannot be read counts as nothing: a group must not fail because of one member. */
function decodeUserData(bytes: Uint8Array | null): MemberData {
  if (bytes === null) return { partitions: [], generation: NO_GENERATION }
  try {
    const reader = new ByteReader(bytes)
    const partitions = reader.array((from) => [from.string(), from.array((inner) => inner.int32())] as const)
    // Version 0 ends here.
    return { partitions, generation: reader.remaining >= 4 ? reader.int32() : NO_GENERATION }
  } catch {
    return { partitions: [], generation: NO_GENERATION }
  }
}
