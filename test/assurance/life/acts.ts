import type { Data } from './schema.ts'

/** What an act needs of a session: that of a request has it, and that of the model. */
export interface Controls {
  permanent: boolean
  get lifetime (): number | undefined
  set lifetime (seconds: number | undefined)
  set (key: keyof Data, value: unknown): void
  touch (): void
  delete (): void
  regenerate (keep: ReadonlyArray<keyof Data>): Promise<void>
  update (change: (data: Data) => void): void
}

export interface Act {
  readonly name: string
  /** Whether it may be refused with a documented error. */
  readonly mayFail?: boolean
  /** Whether it calls the session, which a read-only route refuses at once. */
  readonly control?: boolean
  /** Whether it needs the newer schema, or one with a codec. */
  readonly needs?: 'version 2' | 'codec'
  /** What a handler does. `mark` is a text that nobody else writes. */
  run (data: Data, session: Controls, mark: string): void | Promise<void>
}

const act = (name: string, run: Act['run'], more: Partial<Act> = {}): Act => ({ name, run, ...more })

export const writes: readonly Act[] = [
  act('adds a note', ({ notes }, _, mark) => { notes.push(mark) }),
  act('adds a tag', ({ prefs }, _, mark) => { prefs.tags.push(mark) }),
  act('sets the theme', ({ prefs }, _, mark) => { prefs.theme = mark }),
  act('sets the language', ({ prefs }, _, mark) => { prefs.lang = mark }, { needs: 'version 2' }),
  act('adds an item', ({ items }, _, mark) => { items.push({ sku: mark }) }),
  act('notes on an item', ({ items }, _, mark) => { if (items[0] !== undefined) items[0].note = mark }, { needs: 'version 2' }),
  act('adds a flag', ({ flags }, _, mark) => { flags?.push(mark) }, { needs: 'version 2' }),
  act('adds to recent', ({ recent }, _, mark) => { recent.push(mark) }),
  act('sets the day', (data) => { data.day = new Date(Date.UTC(2030, 0, 1)) }),
  act('sets a key outside the schema', (_, session, mark) => { session.set('outside', mark) }, { control: true }),
  act('adds a note by update()', (_, session, mark) => { session.update(({ notes }) => { notes.push(mark) }) }, { control: true }),
  act('becomes an admin', (data) => { data.role = 'admin' }),
  act('writes a role that does not exist', (data) => { Object.assign(data, { role: 'adm' }) }),
  act('writes a number for a name', (data) => { Object.assign(data, { user: 5 }) }),
  act('removes the theme', ({ prefs }) => { delete prefs.theme })
]

export const login = (permanent: boolean, lifetime: number | undefined): Act =>
  act(`logs in${permanent ? ', permanently' : ''}${lifetime === undefined ? '' : `, for ${lifetime} s`}`, async (data, session, mark) => {
    await session.regenerate(['notes'])
    data.user = mark
    session.permanent = permanent
    session.lifetime = lifetime
  }, { control: true })

export const logout = act('logs out', (_, session) => { session.delete() }, { control: true })
export const touch = act('touches', (_, session) => { session.touch() }, { control: true })
export const read = act('reads', () => {})

/** A value from a list, made anew each time. */
export const writeValue = (name: string, make: () => unknown, mayFail: boolean): Act =>
  act(`writes ${name}`, (data) => { data.anything = make() }, { mayFail })

class Point { x = 1 }
class Timestamp extends Date {}
class Stack extends Array<unknown> {}

export const values: Readonly<Record<string, () => unknown>> = {
  null: () => null,
  'a list': () => [1, 'two', [true, null]],
  'an object': () => ({ a: { b: [0.5] } }),
  'a Date': () => new Date(Date.UTC(2030, 0, 1)),
  bytes: () => Uint8Array.of(1, 2, 255),
  'a tag as a key': () => ({ ' d': 'no date' }),
  'a list of objects': () => [{ id: 1 }, { id: 2 }]
}

/** What may come after the response: the process lives. */
export const lateActs: readonly Act[] = [
  act('adds a note', ({ notes }, _, mark) => { notes.push(mark) }),
  act('writes links to parents', (data) => {
    const parent: Record<string, unknown> = {}
    parent.children = [{ parent }]
    data.anything = parent
  }),
  act('writes a getter that throws', (data) => {
    data.anything = { get key () { throw new Error('a getter of the app') } }
  })
]

/** What JSON changes or cannot carry: each is refused, or read as it was written. */
export const oddValues: Readonly<Record<string, () => unknown>> = {
  'an undefined key': () => ({ id: 1, profile: undefined }),
  'undefined in a list': () => [1, undefined],
  'a list with a hole': () => Array(2),
  'a Buffer': () => Buffer.from('ab'),
  'a subclass of Date': () => new Timestamp(0),
  'a subclass of Array': () => Stack.from([1]),
  'an object of a class': () => new Point(),
  'a symbol key': () => ({ [Symbol('key')]: 1 }),
  'a toJSON': () => ({ a: 1, toJSON: () => 2 }),
  'a function': () => () => 1,
  'a bigint': () => 10n,
  'a large number': () => 1e20,
  NaN: () => NaN,
  'an invalid Date': () => new Date(NaN),
  'a Map': () => new Map([[1, 2]]),
  'a list with a property': () => Object.assign([1], { more: 2 }),
  'a lone surrogate': () => '\ud800',
  'an own __proto__': () => JSON.parse('{"__proto__":{"a":1}}')
}
