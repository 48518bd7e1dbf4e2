// The members in the order of how many partitions they have, the fewest first; equals by their number, and so by id.

export class MembersByLoad {
  /** Member → how many partitions it has. */
  readonly counts: Int32Array
  readonly #order: Int32Array
  #length: number

  constructor(counts: Int32Array) {
    this.counts = counts
    this.#order = Int32Array.from(counts.keys()).sort((a, b) => this.count(a) - this.count(b) || a - b)
    this.#length = counts.length
  }

  count(member: number): number {
    return this.counts[member] ?? 0
  }

  get fewest(): number {
    return this.count(this.#order[0] ?? 0)
  }

  get most(): number {
    return this.count(this.#order[this.#length - 1] ?? 0)
  }

  /** The first that has fewer than `limit` and is wanted. */
  firstBelow(limit: number, isWanted: (member: number) => boolean): number | undefined {
    for (let i = 0; i < this.#length; i++) {
      const member = this.#order[i] ?? 0
      if (this.count(member) >= limit) return undefined
      if (isWanted(member)) return member
    }
    return undefined
  }

  inOrder(): Int32Array {
    return this.#order.subarray(0, this.#length)
  }

  add(member: number, change: 1 | -1): void {
    this.remove(member)
    this.counts[member] = this.count(member) + change
    const to = this.#search(member)
    this.#order.copyWithin(to + 1, to, this.#length)
    this.#order[to] = member
    this.#length++
  }

  /** It keeps its partitions, and is left out of the order. */
  remove(member: number): void {
    const from = this.#search(member)
    this.#order.copyWithin(from, from + 1, this.#length)
    this.#length--
  }

  /** Where the member stands, or would stand. */
  #search(member: number): number {
    const count = this.count(member)
    let low = 0
    let high = this.#length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#order[middle] ?? 0
      const difference = this.count(other) - count || other - member
      if (difference < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
