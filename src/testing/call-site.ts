// Where in a test something was set up: one line of the stack.

interface StackHolder {
  stack?: string
}

interface CapturingError {
  captureStackTrace?(holder: StackHolder, above: unknown): void
}

/** The line that called `entry`, or what called it. Costs some microseconds: only for who asked for it. */
export function callSiteOf(entry: unknown): string {
  const holder: StackHolder = {}
  const { captureStackTrace } = Error as CapturingError
  if (captureStackTrace === undefined) return 'a place that this host does not tell'
  captureStackTrace(holder, entry)
  const lines = (holder.stack ?? '').split('\n').map((line) => line.trim())
  const line = lines.find((each) => /^at |@/.test(each)) ?? 'an unknown place'
  return line.replace(/^at /, '')
}
