// Who owns what, as the members were told: checked at the moment in which a member is told that a partition is its own.
// That it has one owner in a generation is checked by watchOwners.
import type { TopicPartition } from 'kafkalet'
import type { Broker } from '../../src/broker/broker.ts'
import type { ClassicGroup } from '../../src/groups/group.ts'
import type { Member } from './member.ts'
import type { Story } from './story.ts'

/** The last that was heard of a partition's owner. */
interface Holding {
  readonly member: Member
  /** In which it was given, and then in which it was given back. */
  readonly generation: number
  readonly life: number
  readonly isRevoked: boolean
}

export class Ownership {
  readonly #broker: Broker
  readonly #story: Story
  readonly #believers = new Set<Member>()
  /** Member → the places it was told of. */
  readonly #told = new Map<Member, Set<string>>()
  /** `group/place` → … */
  readonly #holdings = new Map<string, Holding>()
  /** A group that was forgotten and formed again counts its generations anew. */
  readonly #lives = new Map<string, number>()

  constructor(broker: Broker, story: Story) {
    this.#broker = broker
    this.#story = story
    broker.events.listeners.on('groupStateChanged', ({ groupId, to, generation }) => {
      if (to === 'CompletingRebalance' && generation === 1) this.#lives.set(groupId, this.#life(groupId) + 1)
    })
  }

  /** From here on until it is dead, what it believes counts. */
  born(member: Member): void {
    this.#believers.add(member)
    this.#told.set(member, new Set())
  }

  dead(member: Member): void {
    this.#believers.delete(member)
  }

  assigned(member: Member, partitions: readonly TopicPartition[]): void {
    const { groupId, generation, told } = this.#of(member)
    const life = this.#life(groupId)
    const group = this.groupOf(groupId)
    for (const place of partitions.map(placeOf)) {
      if (told.has(place)) this.#story.problem(`${member.name} was told of ${place} twice`)
      told.add(place)
      const holding = this.#holdings.get(`${groupId}/${place}`)
      if (group && isCurrent(member, group)) {
        this.#checkAlone(member, place, group)
        if (holding && holding.life === life) this.#checkRevoked(member, place, generation, holding, group)
      }
      this.#holdings.set(`${groupId}/${place}`, { member, generation, life, isRevoked: false })
    }
  }

  gone(member: Member, partitions: readonly TopicPartition[]): void {
    const { groupId, generation, told } = this.#of(member)
    for (const place of partitions.map(placeOf)) {
      if (!told.delete(place)) this.#story.problem(`${member.name} gave up ${place}, which it never had`)
      const holding = this.#holdings.get(`${groupId}/${place}`)
      if (holding?.member !== member) continue
      this.#holdings.set(`${groupId}/${place}`, { ...holding, generation, isRevoked: true })
    }
  }

  /** The group as its coordinator has it; undefined while there is none. */
  groupOf(groupId: string): ClassicGroup | undefined {
    return this.#broker.groups.look(
      groupId,
      (shard) => shard.groups.get(groupId),
      () => undefined,
    )
  }

  #checkAlone(member: Member, place: string, group: ClassicGroup): void {
    for (const other of this.#believers) {
      if (other === member || other.groupId !== member.groupId || !stands(other, group)) continue
      if (!other.consumer.assignment.some((each) => placeOf(each) === place)) continue
      this.#story.problem(`${member.name} is given ${place} while ${other.name} has it`)
    }
  }

  #checkRevoked(
    member: Member,
    place: string,
    generation: number,
    { member: former, isRevoked, generation: since }: Holding,
    group: ClassicGroup,
  ): void {
    if (former.identity === member.identity || !this.#believers.has(former)) return
    if (!isRevoked && stands(former, group)) {
      this.#story.problem(`${place} goes from ${former.name} to ${member.name} without being revoked`)
    } else if (isRevoked && since >= generation) {
      this.#story.problem(`${place} is handed on to ${member.name} in generation ${generation}, revoked in ${since}`)
    }
  }

  #of(member: Member) {
    const { generation } = member.consumer.groupMetadata()
    return { groupId: member.groupId, generation, told: this.#told.get(member) ?? new Set<string>() }
  }

  #life(groupId: string): number {
    return this.#lives.get(groupId) ?? 0
  }
}

export function placeOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

function isMember({ consumer }: Member, group: ClassicGroup): boolean {
  return group.members.has(consumer.groupMetadata().memberId)
}

function isCurrent(member: Member, group: ClassicGroup): boolean {
  return isMember(member, group) && member.consumer.groupMetadata().generation === group.generation
}

/** A static member that missed a rebalance is still one, in a generation that is over; a dynamic one is removed. */
function stands(member: Member, group: ClassicGroup): boolean {
  return member.instanceId === null ? isMember(member, group) : isCurrent(member, group)
}
