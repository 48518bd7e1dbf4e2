// The lanes of a film, and what stands in each: marks at a moment, and bars that last.

export const SECTIONS = ['Topics', 'Groups', 'Clients', 'Transactions', 'Partitions'] as const
export type Section = (typeof SECTIONS)[number]

/** How a mark looks. Each kind differs by its shape or its letter, not by its colour alone. */
export type MarkKind =
  | 'note'
  | 'record'
  | 'commit'
  | 'request'
  | 'answer'
  | 'error'
  | 'begin'
  | 'joined'
  | 'left'
  | 'owns'
  | 'gives'
  | 'loses'

export interface Mark {
  readonly kind: MarkKind
  readonly x: number
  readonly width: number
  /** Inside of it, or below. */
  readonly label: string
  /** All of it, for a pointer and for a screen reader. */
  readonly text: string
}

export interface Bar {
  readonly x: number
  readonly endX: number
  /** The state of a group or of a transaction, or 'owned'. */
  readonly kind: string
  readonly label: string
  readonly text: string
}

export class Lane {
  readonly section: Section
  readonly name: string
  readonly marks: Mark[] = []
  readonly bars: Bar[] = []
  #open: Omit<Bar, 'endX'> | null = null

  constructor(section: Section, name: string) {
    this.section = section
    this.name = name
  }

  /** From here on the bar is another one; null: none. */
  change(x: number, bar: Omit<Bar, 'x' | 'endX'> | null): void {
    this.end(x)
    this.#open = bar && { x, ...bar }
  }

  end(x: number): void {
    if (this.#open !== null && this.#open.x < x) this.bars.push({ ...this.#open, endX: x })
    this.#open = null
  }
}

/** In the order in which they are first heard of; partitions by name and number. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>()

  of(section: Section, name: string): Lane {
    const key = `${section} ${name}`
    const present = this.#lanes.get(key)
    if (present) return present
    const lane = new Lane(section, name)
    this.#lanes.set(key, lane)
    return lane
  }

  in(section: Section): readonly Lane[] {
    const found = [...this.#lanes.values()].filter((lane) => lane.section === section)
    return section === 'Partitions' ? found.sort((a, b) => compareNames(a.name, b.name)) : found
  }

  end(x: number): void {
    for (const lane of this.#lanes.values()) lane.end(x)
  }
}

const byNumber = new Intl.Collator('en', { numeric: true })

function compareNames(a: string, b: string): number {
  return byNumber.compare(a, b)
}
