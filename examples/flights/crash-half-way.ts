// The crash: whichever consumer brings the group past the half dies before it commits that batch.
import type { Admin } from 'kafkalet'
import { crash } from 'kafkalet/testing'
import { lagOf, type PartitionLag } from './lag.ts'
import type { Ledger } from './ledger.ts'
import { nextEvent } from './next-event.ts'
import type { Reader } from './readers.ts'
import type { World } from './world.ts'

export interface CrashStory {
  readonly victim: string
  readonly before: readonly PartitionLag[]
  /** When the others have taken over. */
  readonly after: readonly PartitionLag[]
}

export interface CrashSetup {
  readonly kafka: World
  readonly admin: Admin
  readonly topic: string
  readonly ledger: Ledger
  /** How many rows there will be. */
  readonly total: number
}

export class CrashHalfWay {
  readonly #setup: CrashSetup
  readonly #told: (line: string) => void
  #story: Promise<CrashStory> | null = null

  constructor(setup: CrashSetup, told: (line: string) => void) {
    this.#setup = setup
    this.#told = told
  }

  /** Ends when the others have taken over. */
  get story(): Promise<CrashStory> {
    return this.#story ?? Promise.reject(new Error('no consumer has crashed'))
  }

  /** After a batch that is not committed yet. */
  afterBatch(reader: Reader): 'go on' | Promise<'crashed'> {
    const { ledger, total } = this.#setup
    if (this.#story || ledger.arrived < total / 2) return 'go on'
    const struck = this.#strike(reader)
    this.#story = struck.then((before) => this.#watch(reader.name, before))
    return struck.then(() => 'crashed')
  }

  async #strike(victim: Reader): Promise<readonly PartitionLag[]> {
    const { admin, topic, ledger, total } = this.#setup
    const before = await lagOf(admin, ledger.groupId, topic)
    crash(victim.consumer)
    ledger.rewind(before.filter(({ owner }) => owner === victim.name))
    this.#told(`${victim.name} crashed at ${count(ledger.arrived)} of ${count(total)}: no commit, no goodbye`)
    return before
  }

  async #watch(victim: string, before: readonly PartitionLag[]): Promise<CrashStory> {
    const { kafka, admin, topic, ledger } = this.#setup
    const { groupId } = ledger
    const crashedAtMs = performance.now()
    const noticed = nextEvent(kafka.events, 'memberLeft', (event) => event.clientId === victim)
    const isStable = (event: { groupId: string; to: string }) => event.groupId === groupId && event.to === 'Stable'
    const stable = nextEvent(kafka.events, 'groupStateChanged', isStable)
    const { reason } = await noticed
    this.#told(`the group noticed ${since(crashedAtMs)} later: ${reason}`)
    const { generation } = await stable
    this.#told(`the others took over ${since(crashedAtMs)} after the crash, in generation ${generation}`)
    return { victim, before, after: await lagOf(admin, groupId, topic) }
  }
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

function since(startMs: number): string {
  return `${Math.round(performance.now() - startMs)} ms`
}
