// What a poll waits with: something happened, or its time is over.

export class Wakeup {
  #wake: (() => void) | null = null
  #isPending = false
  #tell: (() => void) | null = null

  /** Whoever waits is about to go on. */
  get isPending(): boolean {
    return this.#isPending
  }

  notify(): void {
    this.#isPending = true
    this.#wake?.()
    this.#tell?.()
  }

  /** Resolves at the next notification, which stays for whoever waits for one. */
  notified(): Promise<void> {
    return new Promise((resolve) => {
      this.#tell = resolve
    })
  }

  /** Resolves at the next notification; at once if there was one since the last wait. */
  async wait(): Promise<void> {
    if (!this.#isPending) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#wake = null
    this.#isPending = false
  }
}
