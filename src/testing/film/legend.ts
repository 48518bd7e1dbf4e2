// What the signs of a film mean.

import type { MarkKind } from './lanes.ts'
import { drawMark, text } from './marks.ts'
import { widthOf } from './svg.ts'

const SIGNS: readonly (readonly [kind: MarkKind, label: string, meaning: string])[] = [
  ['request', 'J', 'asks'],
  ['answer', 'J', 'is answered'],
  ['error', 'J', 'is refused (J JoinGroup, S SyncGroup, H Heartbeat, L LeaveGroup)'],
  ['owns', '', 'takes partitions'],
  ['gives', '', 'gives them back'],
  ['loses', '', 'has lost them'],
  ['begin', '', 'begins at an offset'],
  ['record', '0–1', 'records, by offset'],
  ['commit', '', "a group's commit: the next offset"],
  ['note', '', 'a topic and its partitions'],
]
const SIGN_WIDTH = 30
const GAP = 14
const ROW_HEIGHT = 20

export interface Drawn {
  readonly svg: string
  readonly height: number
}

export function drawLegend(left: number, right: number, top: number): Drawn {
  const parts: string[] = []
  let x = left
  let y = top
  for (const [kind, label, meaning] of SIGNS) {
    const width = SIGN_WIDTH + widthOf(meaning) + GAP
    if (x > left && x + width > right) {
      x = left
      y += ROW_HEIGHT
    }
    parts.push(drawMark({ kind, label, x, width: SIGN_WIDTH - 4, text: meaning }, y, 8))
    parts.push(text('faint', x + SIGN_WIDTH, y + 11.5, meaning))
    x += width
  }
  return { svg: parts.join(''), height: y + ROW_HEIGHT - top }
}
