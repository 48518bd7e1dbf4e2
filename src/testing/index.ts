// The public names of kafkalet/testing, and nothing else.

export { crash } from './crash.ts'
export type { GroupPartitionView, GroupView, MemberView } from './group-view.ts'
export { type Inspector, inspect } from './inspect.ts'
export { loseCoordinator } from './lose-coordinator.ts'
export { type FiredTimers, ManualClock } from './manual-clock.ts'
export { toMermaid } from './mermaid.ts'
export { settle } from './settle.ts'
export type { Timeline, TimelineEntry } from './timeline.ts'
export type { PartitionView, RecordView, SegmentView, TopicView } from './topic-view.ts'
export { type WaitForAssignmentOptions, waitForAssignment, waitForLag, waitForRecords } from './wait-for.ts'
export type { WaitOptions } from './wait-until.ts'
