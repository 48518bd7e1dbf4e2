// A duration as ISO 8601 writes it, in days, hours, minutes and seconds: what java.time.Duration reads.

const SYNTAX =
  /^([-+]?)P(?:([-+]?\d+)D)?(?:T(?=[-+\d])(?:([-+]?\d+)H)?(?:([-+]?\d+)M)?(?:([-+]?\d+)(?:[.,](\d{0,9}))?S)?)?$/i

/** In milliseconds; null where the text is none, or means nothing. */
export function parseDuration(text: string): number | null {
  const found = SYNTAX.exec(text)
  if (found === null) return null
  const [, sign, days, hours, minutes, seconds, fraction = ''] = found
  if ([days, hours, minutes, seconds].every((part) => part === undefined)) return null
  const part = (value: string | undefined, unitMs: number) => Number(value ?? 0) * unitMs
  const fractionMs = Number(`${seconds?.startsWith('-') ? '-' : ''}0.${fraction || '0'}`) * 1_000
  const ms = part(days, 86_400_000) + part(hours, 3_600_000) + part(minutes, 60_000) + part(seconds, 1_000) + fractionMs
  // Fractions of a millisecond are dropped; and there is no -0.
  return Math.trunc(sign === '-' ? -ms : ms) + 0
}
