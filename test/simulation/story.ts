// What happened in a world, as one would tell it, and what should not have.

export class Story {
  readonly transcript: string[] = []
  readonly problems: string[] = []

  tell(what: string): void {
    this.transcript.push(what)
  }

  /** In its place in the story, too: what came before explains it. */
  problem(what: string): void {
    this.problems.push(what)
    this.transcript.push(`!! ${what}`)
  }
}
