// What a poll must have before it can fetch: the group's next step, topics, positions. A poll whose time is over does not wait
// for its end; then a later poll does.

/** What became of it. */
export interface Prepared {
  /** How long to wait before what failed is tried again; null where nothing did. */
  readonly againInMs: number | null
  /** False where a topic or partition is gone. */
  readonly allFound: boolean
}

export const NOTHING_TO_PREPARE: Prepared = { againInMs: null, allFound: true }

export class Preparation {
  /** What it is about: if that is another by now, its end does not matter. */
  readonly subject: object | null
  /** Only positions are still looked for: what has one can be read. */
  isLookingUp = false
  /** Resolves when it has ended, well or not. */
  readonly ended: Promise<void>
  #outcome: { readonly prepared: Prepared } | { readonly error: unknown } | null = null

  constructor(subject: object | null, prepare: (own: Preparation) => Promise<Prepared>) {
    this.subject = subject
    this.ended = prepare(this).then(
      (prepared) => {
        this.#outcome = { prepared }
      },
      (error: unknown) => {
        this.#outcome = { error }
      },
    )
  }

  get isOpen(): boolean {
    return this.#outcome === null
  }

  /** What it came to; throws what ended it. */
  result(): Prepared {
    if (this.#outcome === null) throw new Error('the preparation of a poll has not ended')
    if ('error' in this.#outcome) throw this.#outcome.error
    return this.#outcome.prepared
  }
}
