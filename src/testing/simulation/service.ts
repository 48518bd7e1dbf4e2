// A service of a simulation, as whoever runs it sees it: it is started, and started again when it has ended.

import type { TopicMap } from '../../clients/topic.ts'
import type { Clock, TimerHandle } from '../../clock.ts'
import type { Kafkalet } from '../../kafkalet.ts'
import { type ProcessEnd, ServiceProcess, type StartService } from './service-process.ts'
import type { Story } from './story.ts'

/** How long it takes until one that ended by itself is started again. */
const RESTART_MS = 1_000
/** So often it may end by itself after the last fault: of an error that came late, perhaps. */
const MOST_ENDS_IN_PEACE = 5

export interface ServiceSurroundings<M extends TopicMap> {
  readonly kafka: Kafkalet<M>
  readonly clock: Clock
  readonly story: Story
  /** Those of all processes that live. */
  readonly connections: Set<object>
}

export class Service<M extends TopicMap> {
  readonly name: string
  readonly #start: StartService<M>
  readonly #around: ServiceSurroundings<M>
  #process: ServiceProcess<M> | null = null
  /** What is to happen when a time is over: the end of an outage, or the next start. */
  #later: { readonly timer: TimerHandle; readonly then: () => void } | null = null
  /** For how long it is down after it was asked to end. */
  #downMs = 0
  #isInPeace = false
  #isOver = false
  #endsInPeace = 0

  constructor(name: string, start: StartService<M>, around: ServiceSurroundings<M>) {
    this.name = name
    this.#start = start
    this.#around = around
    this.#begin()
  }

  /** Runs, and nothing is wrong with it. */
  get isWell(): boolean {
    return this.#process !== null && !this.#process.isStopping && this.#later === null
  }

  get isRunning(): boolean {
    return this.#process !== null
  }

  describe(): string {
    if (this.#process === null) return `${this.name} is down`
    return `${this.name} ${this.#process.isStopping ? 'has been asked to end' : 'runs'}`
  }

  crash(downMs: number): void {
    this.#tell(`crashes, and is down for ${downMs} ms`)
    this.#process?.die()
    this.#process = null
    this.#after(downMs, () => this.#begin())
  }

  /** As by a deployment: it is asked to end, and comes again. */
  restart(downMs: number): void {
    this.#tell(`is asked to end, and is to be down for ${downMs} ms`)
    this.#downMs = downMs
    this.#process?.stop()
  }

  freeze(ms: number): void {
    this.#tell(`stands still for ${ms} ms`)
    this.#process?.freeze()
    this.#after(ms, () => this.#recover())
  }

  disconnect(ms: number): void {
    this.#tell(`is cut off for ${ms} ms`)
    this.#process?.cut()
    this.#after(ms, () => this.#recover())
  }

  /** No more faults: what has not come back yet does so now. */
  leaveInPeace(): void {
    this.#isInPeace = true
    const later = this.#later
    if (later === null) return
    this.#around.clock.clearTimeout(later.timer)
    this.#later = null
    later.then()
  }

  /** For good. */
  end(): void {
    this.#isOver = true
    if (this.#later) this.#around.clock.clearTimeout(this.#later.timer)
    this.#later = null
    this.#process?.stop()
  }

  /** Without a goodbye, for good. */
  kill(): void {
    this.end()
    this.#process?.die()
    this.#process = null
  }

  #begin(): void {
    const { kafka, clock, connections } = this.#around
    this.#tell('starts')
    this.#process = new ServiceProcess(this.name, kafka, clock, connections)
    this.#process.start(this.#start, (end) => this.#ended(end))
  }

  #ended(end: ProcessEnd): void {
    const wasAsked = this.#process?.isStopping ?? false
    this.#process = null
    if (this.#later) this.#around.clock.clearTimeout(this.#later.timer)
    this.#later = null
    const how = end === null ? '' : `, with ${String(end.error)}`
    this.#tell(`ends${wasAsked ? '' : ' by itself'}${how}`)
    if (wasAsked && end !== null && this.#isInPeace)
      this.#around.story.problem(`${this.name} fails when it is asked to end${how}`, end.error)
    if (this.#isOver) return
    if (!wasAsked && this.#isInPeace && ++this.#endsInPeace > MOST_ENDS_IN_PEACE) {
      this.#around.story.problem(
        `${this.name} does not stay up, though nothing goes wrong any more: it ends${how}`,
        end?.error,
      )
      return
    }
    this.#after(wasAsked ? this.#downMs : RESTART_MS, () => this.#begin())
  }

  #recover(): void {
    if (this.#process?.isFrozen) {
      this.#tell('goes on')
      this.#process.thaw()
    }
    if (this.#process?.isCut) {
      this.#tell('is connected again')
      this.#process.mend()
    }
  }

  #after(ms: number, then: () => void): void {
    const timer = this.#around.clock.setTimeout(() => {
      this.#later = null
      then()
    }, ms)
    this.#later = { timer, then }
  }

  #tell(what: string): void {
    this.#around.story.tell(`${this.name} ${what}`)
  }
}
