// Keys for the whole page, and arrows that walk from record to record.
import type { Intent, Tell } from './state.ts'

/** Where a key has a meaning of its own. */
const OWN_KEYS = 'input, select, textarea, [role="button"], .body, .choice'

const meanings: Readonly<Record<string, Intent>> = {
  ArrowRight: { type: 'next' },
  ArrowLeft: { type: 'back' },
  r: { type: 'restart' },
  ' ': { type: 'play' },
}

export function listenToKeys(tell: Tell): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element)) return
    const record = event.target.closest('.record[data-record]')
    if (record) walkRecords(record, event)
    else if (!event.target.closest(OWN_KEYS)) steer(event, tell)
  })
}

function steer(event: KeyboardEvent, tell: Tell): void {
  const intent = meanings[event.key]
  if (!intent) return
  // On a button, space presses it.
  if (event.key === ' ' && event.target instanceof Element && event.target.closest('button, summary, a')) return
  event.preventDefault()
  tell(intent)
}

/** Left and right in a lane, up and down between lanes; enter and space choose. */
function walkRecords(record: Element, event: KeyboardEvent): void {
  const to = recordTowards(record, event.key)
  if (event.key === 'Enter' || event.key === ' ') record.dispatchEvent(new MouseEvent('click', { bubbles: true }))
  else if (!to) return
  event.preventDefault()
  if (to instanceof SVGElement) {
    to.focus()
    to.dispatchEvent(new MouseEvent('click', { bubbles: true }))
  }
}

function recordTowards(record: Element, key: string): Element | null {
  const [lane = '', offset = ''] = (record.getAttribute('data-record') ?? '').split('@')
  const dash = lane.lastIndexOf('-')
  const at = (partition: number, where: number) =>
    document.querySelector(`[data-record="${CSS.escape(`${lane.slice(0, dash)}-${partition}@${where}`)}"]`)
  const partition = Number(lane.slice(dash + 1))
  switch (key) {
    case 'ArrowRight':
      return at(partition, Number(offset) + 1)
    case 'ArrowLeft':
      return at(partition, Number(offset) - 1)
    case 'ArrowDown':
      return at(partition + 1, Number(offset)) ?? at(partition + 1, 0)
    case 'ArrowUp':
      return at(partition - 1, Number(offset)) ?? at(partition - 1, 0)
    default:
      return null
  }
}
