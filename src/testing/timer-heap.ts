// Timers in the order in which they fire: the earliest first, and of equals the one that was armed first.

export interface HeapTimer {
  dueAtMs: number
  /** Counts up with each timer that is armed. */
  sequence: number
  readonly delayMs: number
  readonly isBackground: boolean
  /** Until then it arms itself anew with the same delay, and does nothing else; 0 where that is not known. */
  readonly idleUntilMs: number
  /** What the idle firing that armed this one has armed beside it: each further one puts those off. */
  putsOff: readonly HeapTimer[]
  /** The timer whose firings put this one off. */
  putOffBy: HeapTimer | null
  readonly fire: () => unknown
  /** Its place in the heap; -1 once it has left it. */
  index: number
}

/** A binary heap in which each timer knows its place: to disarm one is as quick as to take the next. */
export class TimerHeap {
  readonly #timers: HeapTimer[] = []

  get size(): number {
    return this.#timers.length
  }

  get first(): HeapTimer | undefined {
    return this.#timers[0]
  }

  /** In no order. */
  get all(): readonly HeapTimer[] {
    return this.#timers
  }

  /** To be called where timers were given other places in the order. */
  reorder(): void {
    for (let index = (this.#timers.length >>> 1) - 1; index >= 0; index--) this.#sink(this.#at(index), index)
  }

  add(timer: HeapTimer): void {
    this.#rise(timer, this.#timers.length)
  }

  /** Whether the timer was there. */
  remove(timer: HeapTimer): boolean {
    const { index } = timer
    if (index < 0 || this.#timers[index] !== timer) return false
    timer.index = -1
    const last = this.#timers.pop()
    if (last === undefined || last === timer) return true
    if (index > 0 && isBefore(last, this.#at((index - 1) >>> 1))) this.#rise(last, index)
    else this.#sink(last, index)
    return true
  }

  #rise(timer: HeapTimer, from: number): void {
    let index = from
    while (index > 0) {
      const parentIndex = (index - 1) >>> 1
      const parent = this.#at(parentIndex)
      if (!isBefore(timer, parent)) break
      this.#put(parent, index)
      index = parentIndex
    }
    this.#put(timer, index)
  }

  #sink(timer: HeapTimer, from: number): void {
    const { length } = this.#timers
    let index = from
    for (;;) {
      let child = index * 2 + 1
      if (child >= length) break
      if (child + 1 < length && isBefore(this.#at(child + 1), this.#at(child))) child++
      const earliest = this.#at(child)
      if (!isBefore(earliest, timer)) break
      this.#put(earliest, index)
      index = child
    }
    this.#put(timer, index)
  }

  #at(index: number): HeapTimer {
    const timer = this.#timers[index]
    if (timer === undefined) throw new Error(`the heap has no timer at ${index}`)
    return timer
  }

  #put(timer: HeapTimer, index: number): void {
    this.#timers[index] = timer
    timer.index = index
  }
}

function isBefore(a: HeapTimer, b: HeapTimer): boolean {
  return a.dueAtMs < b.dueAtMs || (a.dueAtMs === b.dueAtMs && a.sequence < b.sequence)
}
