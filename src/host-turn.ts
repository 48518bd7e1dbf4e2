// One turn of the host's event loop, by means that fake timers do not stop.

// Taken at import: what is faked later is not what is used here.
const hostTimeout = globalThis.setTimeout
const hostClear = globalThis.clearTimeout
const { setImmediate } = globalThis as { setImmediate?: (fire: () => void) => unknown }
// Fake timers that were in force before the import, as jest's enableGlobally has them, leave message channels alone.
const hostImmediate = setImmediate && !isFake(setImmediate) ? setImmediate : null

/** Resolves when the host has gone once around its event loop, and so after all promise jobs of now. */
export function hostTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (hostImmediate) hostImmediate(resolve)
    else if (typeof MessageChannel === 'function') throughChannel(resolve)
    else hostTimeout(resolve, 0)
  })
}

/**
 * Calls `tell` after as much of the host's own time, whatever is faked: for what would else be waited for in vain. Returns
 * what calls it off.
 */
export function afterHostTime(ms: number, tell: () => void): () => void {
  if (isFake(hostTimeout)) return () => {}
  const timer = hostTimeout(tell, ms)
  return () => hostClear(timer)
}

/** The fakes that vitest and jest install carry their clock. */
function isFake(timer: object): boolean {
  return 'clock' in timer
}

let channel: MessageChannel | null = null
const waiting: (() => void)[] = []

function throughChannel(resolve: () => void): void {
  channel ??= openChannel()
  waiting.push(resolve)
  channel.port2.postMessage(null)
}

function openChannel(): MessageChannel {
  const opened = new MessageChannel()
  opened.port1.onmessage = () => {
    waiting.shift()?.()
    if (waiting.length > 0) return
    // In Node, an open channel keeps the process alive.
    channel = null
    opened.port1.close()
  }
  return opened
}
