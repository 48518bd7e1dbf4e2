// Groups lose their coordinators: at once, or between what the coordinator writes next and its answer.

import { OFFSETS_TOPIC } from '../../broker/topics.ts'
import { coordinatorPartition } from '../../groups/group-partition.ts'
import type { Insides } from '../../kafkalet.ts'
import { consumersOf } from '../group-view.ts'
import { loseCoordinator } from '../lose-coordinator.ts'
import type { Chance } from './chance.ts'
import type { Story } from './story.ts'

export class CoordinatorLosses {
  readonly #kafka: object
  readonly #insides: Insides
  readonly #story: Story
  /** Losses that wait for their moment: what calls each of them off. */
  readonly #armed = new Set<() => void>()

  constructor(kafka: object, insides: Insides, story: Story) {
    this.#kafka = kafka
    this.#insides = insides
    this.#story = story
  }

  /** False where there is no group. */
  lose(chance: Chance): boolean {
    const groupIds = consumersOf(this.#insides).flatMap(({ groupId }) => (groupId === null ? [] : [groupId]))
    const groupId = chance.anyOf([...new Set(groupIds)].sort())
    const loadMs = chance.oneIn(2) ? 0 : 1 + chance.below(5_000)
    if (groupId === undefined) return false
    if (chance.oneIn(3)) this.#loseAtTheNextWrite(groupId, loadMs)
    else {
      this.#story.tell(`group ${groupId} loses its coordinator; the next one loads for ${loadMs} ms`)
      loseCoordinator(this.#kafka, groupId, { loadMs })
    }
    return true
  }

  callOff(): void {
    for (const disarm of this.#armed) disarm()
  }

  #loseAtTheNextWrite(groupId: string, loadMs: number): void {
    const { broker } = this.#insides
    const own = coordinatorPartition(groupId, broker.config.offsetsTopicNumPartitions)
    this.#story.tell(`group ${groupId} is to lose its coordinator with the next write`)
    const lose = ({ topic, partition }: { readonly topic: string; readonly partition: number }) => {
      if (topic !== OFFSETS_TOPIC || partition !== own) return
      disarm()
      this.#story.tell(`group ${groupId} loses its coordinator before it answers; the next one loads for ${loadMs} ms`)
      loseCoordinator(this.#kafka, groupId, { loadMs })
    }
    const { listeners } = broker.events
    const disarm = () => {
      listeners.off('recordsAppended', lose)
      this.#armed.delete(disarm)
    }
    listeners.on('recordsAppended', lose)
    this.#armed.add(disarm)
  }
}
