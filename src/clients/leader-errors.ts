// Which errors of a partition's leader, or of the way to it, pass by themselves: the metadata is asked for anew, and then
// the leader again. (Kafka: FetchCollector.handleInitializeErrors, OffsetFetcherUtils, InvalidMetadataException)

const passing: ReadonlySet<string> = new Set([
  'NETWORK_EXCEPTION',
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'OFFSET_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
])

/** That the topic does not exist is none of them: here one broker knows all topics, and whoever named it is told at once. */
export function leaderPasses(errorName: string): boolean {
  return passing.has(errorName)
}
