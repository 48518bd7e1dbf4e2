// Colours and patterns of a film, by day and by night. What a colour says, a shape, a letter or a pattern says as well.

const DAY = {
  paper: '#ffffff',
  ink: '#1f2328',
  faint: '#59636e',
  rule: '#d1d9e0',
  stripe: '#f6f8fa',
  stable: '#dafbe1',
  preparing: '#fff8c5',
  completing: '#ddf4ff',
  owned: '#ddf4ff',
  good: '#1a7f37',
  warn: '#9a6700',
  bad: '#cf222e',
  calm: '#0969da',
}

const NIGHT: typeof DAY = {
  paper: '#0d1117',
  ink: '#e6edf3',
  faint: '#9198a1',
  rule: '#3d444d',
  stripe: '#151b23',
  stable: '#12261e',
  preparing: '#272115',
  completing: '#0c2d4d',
  owned: '#0c2d4d',
  good: '#3fb950',
  warn: '#d29922',
  bad: '#f85149',
  calm: '#4493f8',
}

/** The picture's own: inside a page, its rules are for nothing else. */
export const FILM_CLASS = 'kafkalet-film'

const LETTERING = [
  "text { font-family: ui-sans-serif, system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif; font-size: 10px }",
  'text.name { font-size: 11px }',
  'text.title { font-size: 15px; font-weight: 600 }',
  'text.section { font-size: 11px; font-weight: 600 }',
  'text.small { font-size: 9px }',
  'text.letter { font-size: 9px; font-weight: 600 }',
  'text.middle { text-anchor: middle }',
]

export const STYLE = [
  ...LETTERING.map(scoped),
  ...rulesOf(DAY).map(scoped),
  '@media (prefers-color-scheme: dark) {',
  ...rulesOf(NIGHT).map(scoped),
  '}',
].join('\n')

function scoped(rule: string): string {
  return `.${FILM_CLASS} ${rule}`
}

function rulesOf(colours: typeof DAY): string[] {
  const { paper, ink, faint, rule, stripe, stable, preparing, completing, owned, good, warn, bad, calm } = colours
  return [
    `text { fill: ${ink} }`,
    `text.faint { fill: ${faint} }`,
    `.paper { fill: ${paper} }`,
    `.stripe { fill: ${stripe} }`,
    `.rule { stroke: ${rule}; fill: none }`,
    `.Stable { fill: ${stable}; stroke: ${good} }`,
    `.owned { fill: ${owned}; stroke: ${calm} }`,
    `.PreparingRebalance { fill: ${preparing}; stroke: ${warn}; stroke-dasharray: 4 2 }`,
    `.CompletingRebalance { fill: ${completing}; stroke: ${calm}; stroke-dasharray: 1 2 }`,
    `.Ongoing { fill: ${owned}; stroke: ${calm} }`,
    `.PrepareCommit { fill: ${completing}; stroke: ${good}; stroke-dasharray: 1 2 }`,
    `.PrepareAbort { fill: ${preparing}; stroke: ${bad}; stroke-dasharray: 4 2 }`,
    `.CompleteCommit { fill: ${stable}; stroke: ${good} }`,
    `.CompleteAbort { fill: ${paper}; stroke: ${bad}; stroke-dasharray: 6 4 }`,
    `.stale { fill: ${paper}; stroke: ${bad}; stroke-dasharray: 3 3 }`,
    `.Empty { fill: ${paper}; stroke: ${faint}; stroke-dasharray: 6 4 }`,
    `.Dead { fill: ${stripe}; stroke: ${faint}; stroke-dasharray: 1 6 }`,
    `.hatch { stroke: ${warn}; stroke-opacity: 0.35 }`,
    `.dot { fill: ${calm}; fill-opacity: 0.4 }`,
    `.record { fill: ${paper}; stroke: ${faint} }`,
    `.commit { fill: ${good} }`,
    `.request { fill: ${paper}; stroke: ${ink} }`,
    `.answer { fill: ${ink}; stroke: ${ink} }`,
    `text.answer-letter { fill: ${paper} }`,
    `.error { fill: ${paper}; stroke: ${bad}; stroke-width: 1.5 }`,
    `text.error-letter { fill: ${bad} }`,
    `.begin { fill: ${warn} }`,
    `text.joined { fill: ${good} }`,
    `text.left { fill: ${bad} }`,
    `.note { fill: ${calm} }`,
    `.owns { fill: ${calm} }`,
    `.gives { fill: ${warn} }`,
    `.loses { fill: none; stroke: ${bad}; stroke-width: 2 }`,
  ]
}
