// How much memory is in use once everything that can go has gone. Needs node --expose-gc.

export async function heapBytes(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('measuring memory needs node --expose-gc')
  // Weak references and finished promises let go of what they hold only in a later turn.
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setImmediate(resolve))
    globalThis.gc()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
