// Elements of an SVG as text: whatever a name contains, the picture stays well-formed.

export type Attributes = Readonly<Record<string, string | number>>

export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`)
  const opening = `<${name}${given.join('')}`
  return children.length === 0 ? `${opening}/>` : `${opening}>${children.join('')}</${name}>`
}

/** XML has no character for most controls, nor for half a surrogate pair. */
const NO_CHARACTER = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

export function escaped(text: string): string {
  return text.replaceAll(NO_CHARACTER, '\uFFFD').replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
}

/** How wide a text is at most, where nobody can measure it. */
export function widthOf(text: string, fontSize = 10): number {
  return Math.ceil([...text].length * fontSize * 0.62)
}

/** As much of the text as fits into so many pixels; '' where that says nothing. */
export function fitted(text: string, width: number, fontSize = 10): string {
  if (widthOf(text, fontSize) <= width) return text
  const most = Math.floor(width / (fontSize * 0.62)) - 1
  return most < 2 ? '' : `${[...text].slice(0, most).join('')}…`
}
