import { scenarios } from './scenarios.js'

/** CPU time that each contestant adds to a request of bare Fastify, as a Markdown table. */
export function overheadTable ({ contestants }) {
  const names = Object.keys(scenarios)
  return table([
    ['µs a request', ...names],
    ...Object.entries(contestants).map(([contestant, figures]) => [
      contestant, ...names.map((name) => contestant === 'bare' ? `${figures[name].cpu}` : signed(figures[name]?.overhead))
    ])
  ])
}

/** What was promised and what was measured, as a Markdown table. */
export function targetTable ({ targets }) {
  return table([
    ['target', 'at most', 'measured'],
    ...targets.map(({ name, limit, measured }) => [name, limit.toFixed(2), `${measured.toFixed(2)}${measured > limit ? ' (missed)' : ''}`])
  ])
}

function signed (number) {
  if (number === undefined) return '–'
  return number < 0 ? `${number}` : `+${number}`
}

function table ([head, ...rows]) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, index) => index === 0 ? '---' : '---:')), ...rows.map(line)].join('\n')
}
