// What actions have begun, and what has not ended yet.

export class StillGoingOn {
  readonly #all = new Map<Promise<void>, string>()

  /** `ended` must not be rejected. */
  add(name: string, ended: Promise<void>): void {
    this.#all.set(ended, name)
    void ended.then(() => this.#all.delete(ended))
  }

  get isEmpty(): boolean {
    return this.#all.size === 0
  }

  names(): string[] {
    return [...this.#all.values()]
  }

  async end(): Promise<void> {
    await Promise.all(this.#all.keys())
  }
}
