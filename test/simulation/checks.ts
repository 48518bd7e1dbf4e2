// What must hold in every world when all is over, beside what was checked at every moment.
import { isDeepStrictEqual } from 'node:util'
import type { Payload, TopicPartition } from 'kafkalet'
import { GroupsView } from '../../src/groups/view.ts'
import type { Sent } from './topics.ts'
import type { World } from './world.ts'

/** Everything that does not hold, in words; nothing where all is well. */
export async function violations(world: World): Promise<string[]> {
  const log = await readLog(world)
  const unrest = world.plans.flatMap((plan) => world.unrest(plan))
  const atTheEnd = [...(await commitsInsideTheLog(world)), ...(await rebuiltViewIsTheLiveOne(world))]
  return [...unrest, ...denseOffsets(log), ...acknowledgedIsThere(world, log), ...keysInOrder(log), ...atTheEnd]
}

async function readLog(world: World): Promise<Sent[]> {
  const records = await readAll(
    world,
    world.topics.all(() => true),
  )
  return records.map(({ topic, partition, offset, key, value }) => ({
    topic,
    partition,
    offset,
    key: String(key),
    sequence: Number(value),
  }))
}

async function readAll(world: World, partitions: readonly TopicPartition[]) {
  const consumer = world.kafka.consumer({ autoOffsetReset: 'earliest', maxPollRecords: 1_000_000 })
  consumer.assign(partitions)
  const records = []
  for (let polled = await consumer.poll({ timeoutMs: 0 }); polled.length > 0; ) {
    records.push(...polled)
    polled = await consumer.poll({ timeoutMs: 0 })
  }
  await consumer.close()
  return records
}

function denseOffsets(log: readonly Sent[]): string[] {
  const next = new Map<string, number>()
  return log.flatMap(({ topic, partition, offset }) => {
    const place = `${topic}-${partition}`
    const expected = next.get(place) ?? 0
    next.set(place, offset + 1)
    return offset === expected ? [] : [`${place} goes from ${expected - 1} to ${offset}`]
  })
}

function acknowledgedIsThere(world: World, log: readonly Sent[]): string[] {
  const there = new Map(log.map((record) => [`${record.topic}-${record.partition}@${record.offset}`, record]))
  return [...world.topics.acknowledged.values()].flat().flatMap(({ topic, partition, offset, key, sequence }) => {
    const place = `${topic}-${partition}@${offset}`
    const record = there.get(place)
    return record?.key === key && record.sequence === sequence
      ? []
      : [`${key}#${sequence}, acknowledged at ${place}, is lost`]
  })
}

/** In each partition; a topic that grows may send a key elsewhere from then on. */
function keysInOrder(log: readonly Sent[]): string[] {
  const last = new Map<string, number>()
  return log.flatMap(({ topic, partition, key, sequence }) => {
    const place = `${key} in ${topic}-${partition}`
    const before = last.get(place) ?? 0
    last.set(place, sequence)
    return sequence > before ? [] : [`key ${place}: ${sequence} follows ${before}`]
  })
}

/** Also looks whether what the admin finds is what was committed. */
async function commitsInsideTheLog(world: World): Promise<string[]> {
  const found = await Promise.all(
    world.plans.map(async ({ groupId }) => {
      const offsets = await world.kafka.admin().listConsumerGroupOffsets(groupId)
      return offsets.map((each) => ({ groupId, ...each }))
    }),
  )
  return found.flat().flatMap(({ groupId, topic, partition, offset, endOffset }) => {
    world.offsets.found(groupId, topic, partition, offset)
    if (!world.topics.partitions.has(topic)) return [`${topic} is deleted, and ${groupId} still has an offset for it`]
    return offset >= 0 && offset <= endOffset ? [] : [`${topic}-${partition}: committed ${offset} of ${endOffset}`]
  })
}

async function rebuiltViewIsTheLiveOne(world: World): Promise<string[]> {
  const rebuilt = new GroupsView()
  const partitions = world.broker.offsetsTopic().partitions.map(({ topic, partition }) => ({ topic, partition }))
  for (const { key, value, offset } of await readAll(world, partitions)) {
    rebuilt.replay(asRecord(key, value), offset, null)
  }
  return world.plans.flatMap(({ groupId }) => {
    const live = world.broker.groups.look(
      groupId,
      (shard) => shard.view,
      () => null,
    )
    const written = rebuilt.metadata(groupId)?.members.map(({ memberId }) => memberId) ?? []
    const living = [...(world.ownership.groupOf(groupId)?.members.keys() ?? [])]
    return [
      ...(isDeepStrictEqual(live?.metadata(groupId), rebuilt.metadata(groupId))
        ? []
        : [`group ${groupId}: the rebuilt view has other metadata than the live one`]),
      ...(isDeepStrictEqual(live?.offsets(groupId), rebuilt.offsets(groupId))
        ? []
        : [`group ${groupId}: the rebuilt view has other offsets than the live one`]),
      ...(written.join() === living.join() ? [] : [`group ${groupId}: written ${written}, living ${living}`]),
    ]
  })
}

function asRecord(key: Payload, value: Payload) {
  if (!(key instanceof Uint8Array) || typeof value === 'string') throw new Error('a record that is not bytes')
  return { key, value }
}
