// Steps of the kind that test/vectors/coordinator-scenarios.json has, for transcripts of our own.
import { play } from './group-steps.ts'
import type { GroupWorld } from './group-world.ts'

export const STABLE =
  'SETUP members [A, B] (dynamic, range[orders], session 10000, rebalance 60000) join, A (leader) syncs -> Stable'
export const COMPLETING = 'SETUP A,B joined, generation 1, CompletingRebalance'

/** Plays the steps and returns the answers that came during the last one. */
export async function answersTo(world: GroupWorld, ...steps: readonly string[]): Promise<string[]> {
  for (const step of steps) {
    await world.answers()
    await play(world, step)
  }
  return world.answers()
}

/** A client's n-th JoinGroup, with the id that it was given. */
export function join(
  client: string,
  n: number,
  { protocols = 'range[orders]', session = 10_000, rebalance = 60_000 } = {},
) {
  const memberId = n === 1 ? "''" : `id(${client})`
  return `join(${client})#${n}: JoinGroup v9 memberId=${memberId} protocolType='consumer' protocols=${protocols} session=${session} rebalance=${rebalance}`
}

export const commit = (client: string, generation: number) =>
  `commit(${client}): OffsetCommit v9 memberId=id(${client}) generation=${generation} offsets={orders-0=5}`
export const heartbeat = (client: string, generation: number) =>
  `heartbeat(${client}): Heartbeat memberId=id(${client}) generation=${generation}`
export const advance = (ms: number) => `advance clock ${ms} ms`
