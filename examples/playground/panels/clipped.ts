// Text that must fit: drawings do not break lines.
export function clipped(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}

/** Of names that differ at their end. */
export function clippedStart(text: string, most: number): string {
  return text.length <= most ? text : `…${text.slice(1 - most)}`
}
