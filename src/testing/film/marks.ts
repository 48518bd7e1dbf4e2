// The shapes of marks. Each stands in the middle of its column and tells all of it to a pointer and a screen reader.

import type { Mark, MarkKind } from './lanes.ts'
import { element, escaped } from './svg.ts'

/** Where the shapes of a lane stand, from its top. */
export const SHAPE_Y = 13
export const LABEL_Y = 29

const shapes: { readonly [Kind in MarkKind]: (mark: Mark, x: number, y: number) => string } = {
  note: ({ label }, x, y) => polygon('note', x, y, [0, -6, 6, 0, 0, 6, -6, 0]) + below(label, x, y),
  record: ({ label, width }, x, y) =>
    element('rect', { class: 'record', x: x - width / 2 + 2, y: y - 8, width: width - 4, height: 16, rx: 2 }) +
    text('small middle', x, y + 3, label),
  commit: ({ label }, x, y) => polygon('commit', x, y, [0, -6, 6, 5, -6, 5]) + below(label, x, y),
  request: ({ label }, x, y) =>
    element('circle', { class: 'request', cx: x, cy: y, r: 7 }) + text('letter middle', x, y + 3.5, label),
  answer: ({ label }, x, y) =>
    element('circle', { class: 'answer', cx: x, cy: y, r: 7 }) + text('letter answer-letter middle', x, y + 3.5, label),
  error: ({ label }, x, y) =>
    element('rect', { class: 'error', x: x - 8, y: y - 7, width: 16, height: 14 }) +
    text('letter error-letter middle', x, y + 3.5, `${label}!`),
  begin: ({ label }, x, y) => polygon('begin', x, y, [-3, 6, -3, -6, 5, -3, -1, 0, -1, 6]) + below(label, x, y),
  joined: ({ label }, x, y) => text('small joined middle', x, y, label),
  left: ({ label }, x, y) => text('small left middle', x, y, label),
  owns: (_mark, x, y) => polygon('owns', x, y, [-5, -6, 6, 0, -5, 6]),
  gives: (_mark, x, y) => polygon('gives', x, y, [5, -6, -6, 0, 5, 6]),
  loses: (_mark, x, y) => element('path', { class: 'loses', d: `M${x - 5} ${y - 5}l10 10m0 -10l-10 10` }),
}

export function drawMark(mark: Mark, top: number, shapeY = SHAPE_Y): string {
  const x = mark.x + mark.width / 2
  const shape = shapes[mark.kind](mark, x, top + shapeY)
  return element('g', {}, element('title', {}, escaped(mark.text)), shape)
}

export function text(style: string, x: number, y: number, content: string): string {
  return element('text', { class: style, x, y }, escaped(content))
}

function below(label: string, x: number, y: number): string {
  return text('small middle', x, y + LABEL_Y - SHAPE_Y, label)
}

/** Pairs of numbers around the middle. */
function polygon(style: string, x: number, y: number, corners: readonly number[]): string {
  const points = corners.map((each, i) => each + (i % 2 === 0 ? x : y)).join(' ')
  return element('polygon', { class: style, points })
}
