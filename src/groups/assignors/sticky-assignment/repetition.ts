// Whether what proceeds step by step, each step following from the state alone, has come back to where it was.
// (Brent's algorithm: the state is remembered after 1, 2, 4, 8, … steps.)

export class Repetition {
  #steps = 0
  #remembered: string | null = null

  /** To be asked after every step; true at the latest when the circle has been gone through three times. */
  isCircular(state: () => string): boolean {
    this.#steps++
    const now = state()
    if (now === this.#remembered) return true
    if ((this.#steps & (this.#steps - 1)) === 0) this.#remembered = now
    return false
  }
}
