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

/** The most values that a session can have, nested ones included: hardly any has a hundred, and each takes time to read. */
export const maxValues = 2048

/** The most digits that Python reads in an integer, unless it is told otherwise. */
export const maxDigits = 4300

// A tag adds a level of text that is none of the value.
const maxTextDepth = 2 * maxDepth

/**
 * Reads the JSON that Flask writes into its sessions: Python's, so with NaN and Infinity, and with integers of any size.
 * Those that a number cannot hold exactly become a bigint, lest one user's id become another's. Throws a SyntaxError if
 * the text is none, and a RangeError if it is deeper or holds more values than a session may.
 */
export function readFlaskJson (json: string): FlaskNode {
  const reader = new Reader(json)
  const root = reader.value(0)
  reader.end()
  if (root.depth > maxDepth) throw tooDeep()
  return root
}

const noItems: readonly FlaskNode[] = []
const noEntries: ReadonlyMap<string, FlaskNode> = new Map()
const number = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
const literals: ReadonlyArray<[text: string, value: unknown]> = [
  ['true', true], ['false', false], ['null', null], ['NaN', NaN], ['Infinity', Infinity], ['-Infinity', -Infinity]
]

/** Reads each letter once, but for the strings that JSON.parse unescapes. */
class Reader {
  readonly #json: string
  #at = 0
  #values = 0

  constructor (json: string) {
    this.#json = json
  }

  value (depth: number): FlaskNode {
    if (++this.#values > maxValues) throw new RangeError('more values than a session may have')
    if (depth > maxTextDepth) throw tooDeep()
    const letter = this.#next()
    if (letter === '{') return this.#object(depth)
    if (letter === '[') return this.#array(depth)
    const start = this.#at
    const value = letter === '"' ? this.#string() : this.#literal()
    return { text: this.#json.slice(start, this.#at), value, tag: undefined, depth: 0, items: noItems, entries: noEntries }
  }

  end (): void {
    if (this.#next() !== '') throw new SyntaxError('more than one JSON value')
  }

  // The next letter that is not white space, which stays the next; '' at the end.
  #next (): string {
    while (isSpace(this.#json.charCodeAt(this.#at))) this.#at++
    return this.#json.charAt(this.#at)
  }

  #array (depth: number): FlaskNode {
    const start = this.#at++
    const items: FlaskNode[] = []
    if (!this.#skip(']')) {
      do items.push(this.value(depth + 1)); while (this.#goesOn(']'))
    }
    const value = items.map((item) => item.value)
    return { text: this.#json.slice(start, this.#at), value, tag: undefined, depth: depthOf(items), items, entries: noEntries }
  }

  #object (depth: number): FlaskNode {
    const start = this.#at++
    const entries = new Map<string, FlaskNode>()
    if (!this.#skip('}')) {
      do {
        if (this.#next() !== '"') throw new SyntaxError('no key')
        const key = this.#string()
        if (!this.#skip(':')) throw new SyntaxError('no colon')
        entries.set(key, this.value(depth + 1))
      } while (this.#goesOn('}'))
    }
    const value = record(entries)
    return untag({ text: this.#json.slice(start, this.#at), value, tag: undefined, depth: depthOf(entries.values()), items: noItems, entries })
  }

  #skip (letter: string): boolean {
    const isNext = this.#next() === letter
    if (isNext) this.#at++
    return isNext
  }

  // Whether a comma follows, rather than the end.
  #goesOn (end: string): boolean {
    if (this.#skip(',')) return true
    if (this.#skip(end)) return false
    throw new SyntaxError('no comma')
  }

  #string (): string {
    const start = this.#at
    let isPlain = true
    for (;;) {
      const code = this.#json.charCodeAt(++this.#at)
      if (code === 0x22) break
      // Also at the end, where there is none.
      if (!(code >= 0x20)) throw new SyntaxError('no string')
      if (code === 0x5c) {
        isPlain = false
        this.#at++
      }
    }
    this.#at++
    return isPlain ? this.#json.slice(start + 1, this.#at - 1) : JSON.parse(this.#json.slice(start, this.#at)) as string
  }

  #literal (): unknown {
    for (const [text, value] of literals) if (this.#json.startsWith(text, this.#at)) return this.#take(text, value)
    number.lastIndex = this.#at
    const [text, fraction, exponent] = number.exec(this.#json) ?? []
    if (text === undefined) throw new SyntaxError('no JSON')
    const value = Number(text)
    if (fraction !== undefined || exponent !== undefined || Number.isSafeInteger(value)) return this.#take(text, value)
    if (text.replace('-', '').length > maxDigits) throw new SyntaxError('an integer that Python does not read')
    return this.#take(text, BigInt(text))
  }

  #take (text: string, value: unknown): unknown {
    this.#at += text.length
    return value
  }
}

function isSpace (code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

function depthOf (children: Iterable<FlaskNode>): number {
  let deepest = 0
  for (const { depth } of children) if (depth > deepest) deepest = depth
  return deepest + 1
}

function tooDeep (): RangeError {
  return new RangeError('deeper than a session may be')
}

function record (entries: ReadonlyMap<string, FlaskNode>): Record<string, unknown> {
  const record: Record<string, unknown> = {}
  for (const [key, { value }] of entries) {
    if (reachesPrototype(key, value)) throw new SyntaxError('a key that reaches a prototype')
    record[key] = value
  }
  return record
}

// flask.json.tag.TaggedJSONSerializer.untag
function untag (object: FlaskNode): FlaskNode {
  if (object.entries.size !== 1) return object
  const [[tag, content] = ['', object]] = object.entries
  return isTag(tag) ? { ...readTag(tag, content), text: object.text, tag } : object
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
