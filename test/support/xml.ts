// Reads XML as strictly as a browser does an SVG: what is not well-formed is an error that says where.

export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** Its own text, and no child's. */
  readonly text: string
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[]
  text: string
}

const NAME = '[A-Za-z_][\\w.-]*'
const TAG = new RegExp(`<(/?)(${NAME})((?:\\s+${NAME}="[^"<]*")*)\\s*(/?)>`, 'y')
const ATTRIBUTE = new RegExp(`(${NAME})="([^"<]*)"`, 'g')
const TEXT = /[^<>]+/y
const ENTITIES = new Map([
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
])
const CHARACTERS = /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u

export function readXml(source: string): XmlElement {
  if (!CHARACTERS.test(source)) throw new Error('it has characters that XML has not')
  const root: OpenElement = { name: '', attributes: new Map(), children: [], text: '' }
  const open = [root]
  for (let at = 0; at < source.length; ) {
    const wrong = () => new Error(`not well-formed at ${at}: ${source.slice(at, at + 60)}`)
    const parent = open.at(-1)
    if (parent === undefined) throw wrong()
    TEXT.lastIndex = at
    const text = TEXT.exec(source)?.[0]
    TAG.lastIndex = at
    const tag = TAG.exec(source)
    if (text !== undefined) {
      if (parent === root) throw wrong()
      parent.text += decoded(text)
      at += text.length
    } else if (tag) {
      const [all, closes, name = '', attributes = '', isEmpty] = tag
      if (closes) {
        if (parent.name !== name) throw wrong()
        open.pop()
      } else {
        const element: OpenElement = { name, attributes: attributesOf(attributes), children: [], text: '' }
        parent.children.push(element)
        if (!isEmpty) open.push(element)
      }
      at += all.length
    } else throw wrong()
  }
  const [only, another] = root.children
  if (open.length !== 1 || only === undefined || another !== undefined) throw new Error('it has not one root that ends')
  return only
}

/** It and everything below it, in order. */
export function everythingIn(element: XmlElement): XmlElement[] {
  return [element, ...element.children.flatMap(everythingIn)]
}

function attributesOf(text: string): Map<string, string> {
  const found = [...text.matchAll(ATTRIBUTE)].map(([, name = '', value = '']) => [name, decoded(value)] as const)
  const attributes = new Map(found)
  if (attributes.size !== found.length) throw new Error(`an attribute stands twice in ${text}`)
  return attributes
}

function decoded(text: string): string {
  return text.replaceAll(/&[^;&]*;?/g, (entity) => {
    const character = ENTITIES.get(entity)
    if (character === undefined) throw new Error(`there is no entity ${entity}`)
    return character
  })
}
