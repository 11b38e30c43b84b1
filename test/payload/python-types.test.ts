import t from 'tap'
import { encodePlain, markup, plain, tuple, uuid } from '../../lib/payload/python-types.ts'

const id = '12345678-1234-5678-1234-567812345678'

t.test('uuid takes a UUID, and nothing else', async (t) => {
  for (const text of [id, id.replaceAll('-', ''), 'ABCDEFAB-CDEF-ABCD-EFAB-CDEFABCDEFAB']) t.equal(String(uuid(text)), text)
  for (const text of ['', '1234', `${id}0`, id.replace('1', 'g')]) {
    t.throws(() => uuid(text), { code: 'FST_TYPED_SESSION_UNSERIALIZABLE', message: /`uuid` takes a UUID/ })
  }
})

t.test('a tuple is an array, and a copy of what it was given', async (t) => {
  const items = [1, 2]
  const made = tuple(items)
  items.push(3)
  t.ok(Array.isArray(made))
  t.equal(JSON.stringify(made), '[1,2]')
})

t.test('markup and uuid are strings in JSON and in templates', async (t) => {
  t.equal(JSON.stringify({ a: markup('<b>'), b: uuid(id) }), `{"a":"<b>","b":"${id}"}`)
  t.equal(`${markup('<b>')}`, '<b>')
})

t.test('a schema sees strings and arrays, and what it leaves in place gets its type back', async (t) => {
  const date = new Date(0)
  const data = {
    a: [tuple([uuid(id)])], b: { c: markup('<b>') }, d: markup('gone'), e: markup('other'), f: date, g: tuple([1]), i: { j: markup('in') }
  }
  const result = encodePlain(data, (seen) => {
    t.strictSame(seen, { a: [[id]], b: { c: '<b>' }, d: 'gone', e: 'other', f: date, g: [1], i: { j: 'in' } })
    t.equal(typeof (seen.b as { c: unknown }).c, 'string')
    t.not((seen.a as unknown[])[0], data.a[0])
    return { ...seen, d: undefined, e: 'changed', g: 'no array', h: { new: 1 }, i: 'no object' }
  })
  t.strictSame(result, {
    a: [tuple([uuid(id)])], b: { c: markup('<b>') }, d: undefined, e: 'changed', f: date, g: 'no array', h: { new: 1 }, i: 'no object'
  })
  t.equal((result.a as unknown[])[0]?.constructor, tuple([]).constructor)
})

t.test('data without such types go to the schema as they are', async (t) => {
  const data = { a: [{ b: null }], c: 'text' }
  encodePlain(data, (seen) => {
    t.equal(seen, data)
    return seen
  })
  t.equal(plain(1), 1)
})

t.test('endless data reach the schema as they are, and no walk through them is endless', async (t) => {
  const parent: Record<string, unknown> = { name: markup('<b>') }
  const child = { parent, again: [parent] }
  parent.children = [child, child]
  encodePlain(parent, (seen) => {
    t.equal(seen, parent)
    return seen
  })
  t.equal(plain(child), child)
})

t.test('data of 32 levels lose what only Python knows, and regain it; deeper ones do not', async (t) => {
  const html = markup('<b>')
  const nested = (levels: number): Record<string, unknown> => ({ a: levels === 1 ? html : nested(levels - 1) })
  const inmost = (data: unknown): unknown => data instanceof Object && 'a' in data ? inmost(data.a) : data
  t.equal(inmost(plain(nested(32))), '<b>')
  t.equal(inmost(encodePlain(nested(32), (seen) => seen)), html)
  t.equal(inmost(plain(nested(33))), html)
})
