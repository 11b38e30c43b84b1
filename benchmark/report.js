import { scenarios } from './scenarios.js'

/** CPU time that contestants add to a request of bare Fastify, as a Markdown table. */
export function overheadTable ({ contestants }, names = Object.keys(scenarios), chosen = Object.keys(contestants)) {
  return table([
    ['µs of CPU time a request', ...names],
    ...chosen.filter((contestant) => contestant in contestants).map((contestant) => [
      contestant,
      ...names.map((name) => added(contestants[contestant][name]))
    ])
  ])
}

/** Each target, what was measured and whether it is met, as a Markdown table. */
export function targetTable ({ targets }) {
  return table([
    ['target', 'at most', 'measured', '90 % interval', 'met'],
    ...targets.map(({ name, limit, measured, interval }) => [
      name, limit.toFixed(2), measured.toFixed(2), interval?.map((bound) => bound.toFixed(2)).join(' to ') ?? '', measured > limit ? '**no**' : 'yes'
    ])
  ])
}

/** Bytes that a request allocates, as a Markdown table. */
export function allocationTable ({ contestants }) {
  const names = ['untouched', 'read', 'write']
  return table([
    ['bytes a request', ...names],
    ...Object.entries(contestants).map(([contestant, figures]) => [contestant, ...names.map((name) => `${figures[name].allocated}`)])
  ])
}

/** Nanoseconds of the codec and of its floor, as a Markdown table. */
export function codecTable ({ codec }) {
  const operations = ['open', 'open, floor', 'seal', 'seal, floor', 'JSON.parse']
  return table([
    ['ns an operation', ...operations],
    ...Object.values(codec).map((times) => [`${times.bytes} bytes`, ...operations.map((operation) => `${times[operation]}`)])
  ])
}

/** Milliseconds to import and register, as a Markdown table. */
export function startupTable ({ startup }) {
  return table([
    ['ms', 'import', 'register', 'register in a second app'],
    ...Object.entries(startup).map(([name, times]) => [name, `${times.import}`, `${times.register}`, `${times.again}`])
  ])
}

/** What sessions in Redis cost, as a Markdown table. */
export function storeTable ({ contestants }) {
  const names = ['read', 'write and follow']
  return table([
    ['a request', ...names.flatMap((name) => [`${name}: µs of Node.js`, 'µs of Redis', 'commands'])],
    ...Object.entries(contestants).map(([contestant, figures]) => [
      contestant.replace('redis-', ''),
      ...names.flatMap((name) => [`+${figures[name].cpu}`, `${figures[name].redisCpu}`, `${figures[name].commands}`])
    ])
  ])
}

function added (figures) {
  if (figures === undefined) return '–'
  const { cpu, overhead } = figures
  return overhead === undefined ? `${cpu}` : `${overhead < 0 ? '' : '+'}${overhead}`
}

function table ([head, ...rows]) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, index) => index === 0 ? '---' : '---:')), ...rows.map(line)].join('\n')
}
