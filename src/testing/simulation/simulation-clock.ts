// The clock of a simulation: it knows whether somebody lets time pass, and stops for good when the run is over.

import { KafkaError } from '../../errors.ts'
import { type FiredTimers, ManualClock } from '../manual-clock.ts'

/** Far more often than a run of some hundred steps lets time pass. */
const MOST_CALLS = 1_000_000

export class SimulationClock extends ManualClock {
  readonly #startMs: number
  #passing = 0
  #last: Promise<unknown> = Promise.resolve()
  #calls = 0
  #isOver = false

  constructor() {
    super()
    this.#startMs = this.now()
  }

  get elapsedMs(): number {
    return this.now() - this.#startMs
  }

  /** Whether somebody lets time pass, or whatever can happen without it, and that has not ended yet. */
  get isPassing(): boolean {
    return this.#passing > 0
  }

  override settle(): Promise<void> {
    return this.#counted(() => super.settle())
  }

  override advance(ms: number): Promise<FiredTimers[]> {
    return this.#counted(() => super.advance(ms))
  }

  override advanceToNext(options: { readonly withinMs?: number } = {}): Promise<FiredTimers | null> {
    return this.#counted(() => super.advanceToNext(options))
  }

  /** Resolves when they are done that do so at the moment. */
  async passed(): Promise<void> {
    await this.#last.catch(() => {})
  }

  /** Whoever still lets time pass in a run that is over learns of it, and so ends. */
  end(): void {
    this.#isOver = true
  }

  #counted<Result>(pass: () => Promise<Result>): Promise<Result> {
    const passed = this.#pass(pass)
    this.#last = passed
    return passed
  }

  async #pass<Result>(pass: () => Promise<Result>): Promise<Result> {
    if (this.#isOver || ++this.#calls > MOST_CALLS) {
      const why = this.#isOver
        ? 'This run of the simulation is over.'
        : 'It lets time pass again and again, without end.'
      throw new KafkaError('ILLEGAL_STATE', `${why} Its clock stands still.`)
    }
    this.#passing++
    try {
      return await pass()
    } finally {
      this.#passing--
    }
  }
}
