// How a variant tells what it measured.

/** Quantity → number. */
export type Measurement = Readonly<Record<string, number>>

export function report(measurement: Measurement): void {
  console.log(JSON.stringify(measurement))
}
