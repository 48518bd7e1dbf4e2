// What is new may lie outside of what a panel shows: it is scrolled to, inside its panel; the page itself stays.
export function revealWhatIsNew(): void {
  revealRecords()
  for (const lane of document.querySelectorAll('#rebalance .scroll')) lane.scrollLeft = lane.scrollWidth
  const offsets = document.querySelector('#offsets .body')
  if (offsets?.querySelector('tr.new')) offsets.scrollTop = offsets.scrollHeight
}

function revealRecords(): void {
  const body = document.querySelector('#lanes .body')
  const topics = [...document.querySelectorAll<HTMLElement>('#lanes .topic')].filter((topic) =>
    topic.querySelector('.new'),
  )
  const [first] = topics
  if (!(body instanceof HTMLElement) || !first) return
  body.scrollTop = first.offsetTop - body.offsetTop - 30
  for (const topic of topics) {
    const lane = topic.querySelector('.scroll')
    if (lane) lane.scrollLeft = lane.scrollWidth
  }
}
