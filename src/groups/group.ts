// A classic group as it lives: its members, generation, leader and protocol. All of this dies with the coordinator;
// what must outlive it stands in the view. (Kafka: ClassicGroup, ClassicGroupMember)

import type { Waiting } from '../coordinator/step.ts'
import type { GroupMetadataValue } from './group-records.ts'
import { type GroupState, groupStates } from './group-state.ts'
import { inHashMapOrder } from './hash-map-order.ts'
import { CONSUMER_PROTOCOL_TYPE, decodeSubscribedTopics } from './subscription.ts'

export interface MemberProtocol {
  readonly name: string
  readonly metadata: Uint8Array
}

export interface Member {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  rebalanceTimeoutMs: number
  sessionTimeoutMs: number
  protocols: readonly MemberProtocol[]
  /** Has never been in a generation. */
  isNew: boolean
  awaitingJoin: Waiting<JoinAnswer> | null
  awaitingSync: Waiting<SyncAnswer> | null
}

export interface JoinAnswer {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly memberId: string
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leader: string | null
  readonly skipAssignment: boolean
  readonly members: readonly { memberId: string; groupInstanceId: string | null; metadata: Uint8Array }[]
}

export interface SyncAnswer {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignment: Uint8Array
}

export class ClassicGroup {
  readonly groupId: string
  generation = 0
  protocolType: string | null = null
  protocolName: string | null = null
  leaderId: string | null = null
  readonly members = new Map<string, Member>()
  /** Members that were given an id and have not joined with it yet; a join phase waits for them. */
  readonly pendingJoins = new Set<string>()
  readonly pendingSyncs = new Set<string>()
  /** Group instance id → the id of the member that has it. */
  readonly #staticMembers = new Map<string, string>()
  /** A member came during the initial rebalance delay, so the delay begins again. */
  newMemberAdded = false
  /** When it came into its state; null where that was written before Kafka wrote it. */
  stateTimestampMs: number | null
  #state: GroupState = 'Empty'
  #cameFrom: GroupState = 'Empty'
  #awaitingJoin = 0
  /** Of the members of this generation; null where they cannot be known. */
  #subscribedTopics: ReadonlySet<string> | null = null
  /** Protocol → how many members support it. */
  readonly #support = new Map<string, number>()

  constructor(groupId: string, nowMs: number) {
    this.groupId = groupId
    this.stateTimestampMs = nowMs
  }

  /** The group as it was last written, ready to go on: joins and syncs under way are gone. */
  static restore(groupId: string, written: GroupMetadataValue, nowMs: number): ClassicGroup {
    const group = new ClassicGroup(groupId, nowMs)
    group.generation = written.generation
    group.protocolType = written.protocolType || null
    group.protocolName = written.protocol
    group.stateTimestampMs = written.currentStateTimestamp < 0 ? null : written.currentStateTimestamp
    for (const { rebalanceTimeout, sessionTimeout, subscription, assignment: _, ...identity } of written.members) {
      const protocols = [{ name: written.protocol ?? '', metadata: subscription }]
      const timeouts = { rebalanceTimeoutMs: rebalanceTimeout, sessionTimeoutMs: sessionTimeout }
      group.add({ ...identity, ...timeouts, protocols, isNew: false, awaitingJoin: null, awaitingSync: null })
    }
    group.leaderId = written.leader
    if (written.members.length > 0) group.#state = 'Stable'
    group.#subscribedTopics = group.#readSubscriptions()
    return group
  }

  get state(): GroupState {
    return this.#state
  }

  /** The first rebalance of an empty group ends with its delay, not when all have joined. */
  get isInitialRebalance(): boolean {
    return this.#state === 'PreparingRebalance' && this.#cameFrom === 'Empty'
  }

  transitionTo(state: GroupState, nowMs: number): void {
    if (!groupStates[state].after.includes(this.#state)) {
      throw new Error(`group ${this.groupId} cannot go from ${this.#state} to ${state}`)
    }
    this.#cameFrom = this.#state
    this.#state = state
    this.stateTimestampMs = nowMs
  }

  /** The members that have come are one generation from here on. */
  beginGeneration(): void {
    this.newMemberAdded = false
    this.generation++
    this.protocolName = this.members.size === 0 ? null : this.selectProtocol()
    this.#subscribedTopics = this.#readSubscriptions()
    this.pendingSyncs.clear()
  }

  /** How long a rebalance waits: for the slowest member. */
  get rebalanceTimeoutMs(): number {
    let longest = 0
    for (const member of this.members.values()) longest = Math.max(longest, member.rebalanceTimeoutMs)
    return longest
  }

  get awaitingJoinCount(): number {
    return this.#awaitingJoin
  }

  get allHaveJoined(): boolean {
    return this.#awaitingJoin === this.members.size && this.pendingJoins.size === 0
  }

  /** The member that has this `group.instance.id` now. */
  staticMemberId(groupInstanceId: string): string | undefined {
    return this.#staticMembers.get(groupInstanceId)
  }

  isLeader(memberId: string): boolean {
    return this.leaderId === memberId
  }

  add(member: Member): void {
    this.leaderId ??= member.memberId
    this.members.set(member.memberId, member)
    if (member.groupInstanceId !== null) this.#staticMembers.set(member.groupInstanceId, member.memberId)
    this.pendingJoins.delete(member.memberId)
    this.#countSupport(member, 1)
    if (member.awaitingJoin) this.#awaitingJoin++
  }

  /** Also forgets an id that was given out and not used. The next leader is the oldest member that has joined. */
  remove(memberId: string): void {
    this.pendingJoins.delete(memberId)
    this.pendingSyncs.delete(memberId)
    const member = this.members.get(memberId)
    if (member === undefined) return
    this.members.delete(memberId)
    if (member.groupInstanceId !== null) this.#staticMembers.delete(member.groupInstanceId)
    this.#countSupport(member, -1)
    if (member.awaitingJoin) this.#awaitingJoin--
    if (this.isLeader(memberId)) this.leaderId = this.members.keys().next().value ?? null
  }

  /** The same member under another id, in its former place as leader. What the former one waits for is forgotten. */
  replaceStaticMember(former: Member, memberId: string): Member {
    const member: Member = { ...former, memberId, isNew: false, awaitingJoin: null, awaitingSync: null }
    this.awaitJoin(former, null)
    this.members.delete(former.memberId)
    this.members.set(memberId, member)
    if (this.isLeader(former.memberId)) this.leaderId = memberId
    if (member.groupInstanceId !== null) this.#staticMembers.set(member.groupInstanceId, memberId)
    return member
  }

  update(member: Member, change: Pick<Member, 'protocols' | 'rebalanceTimeoutMs' | 'sessionTimeoutMs'>): void {
    this.#countSupport(member, -1)
    Object.assign(member, change)
    this.#countSupport(member, 1)
  }

  awaitJoin(member: Member, waiting: Waiting<JoinAnswer> | null): void {
    if (member.awaitingJoin) this.#awaitingJoin--
    if (waiting) this.#awaitingJoin++
    member.awaitingJoin = waiting
  }

  /** The leader stays if it has joined again, else the first member that has; false if none has. */
  electJoinedLeader(): boolean {
    const leader = this.leaderId === null ? undefined : this.members.get(this.leaderId)
    if (leader?.awaitingJoin) return true
    for (const member of this.members.values()) {
      if (member.awaitingJoin) {
        this.leaderId = member.memberId
        return true
      }
    }
    return false
  }

  /** Whether a member with these protocols fits: it needs one that all members have. */
  supports(protocolType: string, protocols: readonly MemberProtocol[]): boolean {
    if (this.#state === 'Empty') return protocolType !== '' && protocols.length > 0
    return this.protocolType === protocolType && protocols.some(({ name }) => this.#isCommon(name))
  }

  /** Each member votes for its first common protocol; most votes win, of equals the first as Java has them. */
  selectProtocol(): string | null {
    const votes = new Map<string, number>()
    for (const member of this.members.values()) {
      const vote = member.protocols.find(({ name }) => this.#isCommon(name))
      if (vote) votes.set(vote.name, (votes.get(vote.name) ?? 0) + 1)
    }
    let chosen: string | null = null
    for (const [name, count] of inHashMapOrder([...votes], ([protocol]) => protocol)) {
      if (chosen === null || count > (votes.get(chosen) ?? 0)) chosen = name
    }
    return chosen
  }

  metadataOf(member: Member): Uint8Array {
    return member.protocols.find(({ name }) => name === this.protocolName)?.metadata ?? new Uint8Array()
  }

  /** Consumers whose subscriptions cannot be read may subscribe to anything. */
  isSubscribedTo(topic: string): boolean {
    return this.#subscribedTopics?.has(topic) ?? this.protocolType === CONSUMER_PROTOCOL_TYPE
  }

  #readSubscriptions(): ReadonlySet<string> | null {
    if (this.protocolType !== CONSUMER_PROTOCOL_TYPE) return null
    const topics = new Set<string>()
    try {
      for (const member of this.members.values()) {
        for (const topic of decodeSubscribedTopics(this.metadataOf(member))) topics.add(topic)
      }
    } catch {
      return null
    }
    return topics
  }

  #isCommon(protocol: string): boolean {
    return (this.#support.get(protocol) ?? 0) === this.members.size
  }

  #countSupport(member: Member, change: 1 | -1): void {
    for (const { name } of member.protocols) this.#support.set(name, (this.#support.get(name) ?? 0) + change)
  }
}

export function sameProtocols(a: readonly MemberProtocol[], b: readonly MemberProtocol[]): boolean {
  return a.length === b.length && a.every((protocol, i) => isSameProtocol(protocol, b[i]))
}

function isSameProtocol(a: MemberProtocol, b: MemberProtocol | undefined): boolean {
  if (b === undefined || a.name !== b.name || a.metadata.length !== b.metadata.length) return false
  return a.metadata.every((byte, i) => byte === b.metadata[i])
}
