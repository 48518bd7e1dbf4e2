// Our side of sticky-against-java.ts: times the sticky assignor on the group it is given, and prints milliseconds as JSON.

import type { AssignorMember, MemberAssignment } from '../../../src/groups/assignors/assignor.ts'
import { sticky } from '../../../src/groups/assignors/sticky.ts'

const [shape, ...numbers] = process.argv.slice(2)
const [memberCount = 0, topicCount = 0, partitionsPerTopic = 0, warmUps = 0] = numbers.map(Number)

const topics = Array.from({ length: topicCount }, (_, topic) => `topic-${topic}`)
const partitionCounts = new Map(topics.map((topic) => [topic, partitionsPerTopic]))

const before = sticky.assign(group(new Map()), partitionCounts)
let freshMs = 0
let afterLeaveMs = 0
for (let i = 0; i <= warmUps; i++) {
  freshMs = time(group(new Map()))
  afterLeaveMs = time(group(before).slice(1))
}
console.log(JSON.stringify({ freshMs, afterLeaveMs }))

function time(members: readonly AssignorMember[]): number {
  const start = performance.now()
  const assignment = sticky.assign(members, partitionCounts)
  const ms = performance.now() - start
  if (assignment.size !== members.length) throw new Error('members are missing')
  return ms
}

function group(last: ReadonlyMap<string, MemberAssignment>): AssignorMember[] {
  return Array.from({ length: memberCount }, (_, member) => {
    const memberId = `consumer-${String(member).padStart(4, '0')}`
    const wanted = topics.filter((_, topic) => shape === 'equal' || (member * 7 + topic * 3) % 5 < 3)
    const partitions = last.get(memberId)?.partitions
    const generationId = partitions ? 1 : -1
    const past = partitions ? { partitions, generation: generationId } : null
    const userData = sticky.subscriptionUserData?.(wanted, past) ?? null
    const subscription = { topics: wanted, userData, ownedPartitions: new Map(), generationId, rackId: null }
    return { memberId, groupInstanceId: null, subscription }
  })
}
