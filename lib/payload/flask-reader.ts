import { isTag, maxDepth, reachesPrototype, readBytes, readEscapedKey, readUuid } from './tags.ts'

/** A value that Flask wrote, and how it wrote it: JavaScript has fewer types than Python. */
export interface FlaskNode {
  /** The JSON of the value, its tag included. */
  readonly text: string
  readonly value: unknown
  readonly tag: string | undefined
  /** Levels of arrays and objects: 0 for a scalar. */
  readonly depth: number
  /** Of an array. */
  readonly items: readonly FlaskNode[]
  /** Of an object. An object of JavaScript would move keys such as "1" to the front. */
  readonly entries: ReadonlyMap<string, FlaskNode>
}

/**
 * Reads the JSON that Flask writes into its sessions: Python's, so with NaN and Infinity, and with integers of any size.
 * Those that a number cannot hold exactly become a bigint, lest one user's id become another's. Throws a SyntaxError or
 * RangeError where the text is none, or deeper than a session may be.
 */
export function readFlaskJson (json: string): FlaskNode {
  const reader = new Reader(json)
  const root = reader.value(reader.next(), 0)
  reader.end()
  if (root.depth > maxDepth) throw new RangeError('deeper than a session may be')
  return root
}

const token = /[ \t\n\r]*([{}[\],:]|"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity)/y
const space = /[ \t\n\r]*$/y

// A tag adds a level of text that is none of the value.
const maxTextDepth = 2 * maxDepth

class Reader {
  readonly #json: string
  #at = 0

  constructor (json: string) {
    this.#json = json
  }

  next (): string {
    token.lastIndex = this.#at
    const found = token.exec(this.#json)?.[1]
    if (found === undefined) throw new SyntaxError('no JSON')
    this.#at = token.lastIndex
    return found
  }

  end (): void {
    space.lastIndex = this.#at
    if (!space.test(this.#json)) throw new SyntaxError('more than one JSON value')
  }

  value (token: string, depth: number): FlaskNode {
    if (depth > maxTextDepth) throw new RangeError('deeper than a session may be')
    if (token === '[') return this.#array(depth)
    if (token === '{') return this.#object(depth)
    return { ...nothing, text: token, value: scalar(token) }
  }

  #array (depth: number): FlaskNode {
    const start = this.#at - 1
    const items: FlaskNode[] = []
    this.#members(']', (token) => items.push(this.value(token, depth + 1)))
    return { ...nothing, ...this.#read(start, items), value: items.map(({ value }) => value), items }
  }

  #object (depth: number): FlaskNode {
    const start = this.#at - 1
    const entries = new Map<string, FlaskNode>()
    this.#members('}', (token) => {
      const key = scalar(token)
      if (typeof key !== 'string' || this.next() !== ':') throw new SyntaxError('no key')
      entries.set(key, this.value(this.next(), depth + 1))
    })
    return untag({ ...nothing, ...this.#read(start, [...entries.values()]), value: record(entries), entries })
  }

  #members (end: string, read: (token: string) => void): void {
    let token = this.next()
    if (token === end) return
    for (;;) {
      read(token)
      const separator = this.next()
      if (separator === end) return
      if (separator !== ',') throw new SyntaxError('no comma')
      token = this.next()
    }
  }

  #read (start: number, children: readonly FlaskNode[]): { text: string, depth: number } {
    return { text: this.#json.slice(start, this.#at), depth: 1 + Math.max(0, ...children.map(({ depth }) => depth)) }
  }
}

const nothing = { tag: undefined, depth: 0, items: [], entries: new Map<string, FlaskNode>() }

function scalar (token: string): unknown {
  if (/^-?\d+$/.test(token)) return Number.isSafeInteger(Number(token)) ? Number(token) : BigInt(token)
  return /^[-\dNI]/.test(token) ? Number(token) : JSON.parse(token)
}

function record (entries: ReadonlyMap<string, FlaskNode>): Record<string, unknown> {
  for (const [key, { value }] of entries) {
    if (reachesPrototype(key, value)) throw new SyntaxError('a key that reaches a prototype')
  }
  return Object.fromEntries([...entries].map(([key, { value }]) => [key, value]))
}

// flask.json.tag.TaggedJSONSerializer.untag
function untag (object: FlaskNode): FlaskNode {
  const [[tag, content] = ['', object], ...others] = object.entries
  if (others.length > 0 || !isTag(tag)) return object
  return { ...readTag(tag, content), text: object.text, tag }
}

function readTag (tag: string, content: FlaskNode): FlaskNode {
  if (content.tag === undefined) {
    if (tag === ' t' && Array.isArray(content.value)) return content
    if (tag === ' di') return readEscaped(content)
    if (typeof content.value === 'string') return { ...content, value: readText(tag, content.value) }
  }
  throw new SyntaxError('a tag around something else than it stands for')
}

function readEscaped (content: FlaskNode): FlaskNode {
  const key = readEscapedKey([...content.entries.keys()])
  const entries = new Map([...content.entries.values()].map((entry) => [key, entry]))
  return { ...content, value: record(entries), entries }
}

function readText (tag: string, text: string): unknown {
  switch (tag) {
    case ' d': return readDate(text)
    case ' b': return readBytes(text)
    case ' u': return readUuid(text)
    case ' m': return text
  }
  throw new SyntaxError('a tag around something else than it stands for')
}

// What is no date reads as None in Flask, and as null here.
function readDate (text: string): Date | null {
  const date = new Date(text)
  return date.toUTCString() === text ? date : null
}
