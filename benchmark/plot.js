const drawn = { untouched: 'session not touched', read: 'session read', write: 'session changed' }
const titles = {
  'typed-session': 'fastify-typed-session',
  'typed-session-encrypted': 'the same, encrypted',
  floor: 'the least by hand (floor)',
  'secure-session': '@fastify/secure-session',
  session: '@fastify/session, in memory',
  jwt: '@fastify/jwt in a cookie',
  'iron-session': 'iron-session'
}
const bar = 18
const left = 220
const width = 760
const longest = width - left - 90

/** The overheads as bars: an SVG image that is legible on light and dark pages alike. */
export function plot ({ contestants }) {
  const names = Object.keys(titles).filter((name) => contestants[name])
  // A contestant many times slower than the others gets a bar that ends in a gap, rather than shrink all others to nothing.
  const scale = longest / Math.max(...names.filter((name) => name !== 'iron-session').map((name) => contestants[name].write.overhead))
  let y = 30
  const lines = [text(0, y - 12, 'CPU time added to a request of bare Fastify, in µs: less is better', 'title')]
  for (const [scenario, title] of Object.entries(drawn)) {
    lines.push(text(0, y + 14, title, 'group'))
    y += 22
    for (const name of names) {
      const { overhead } = contestants[name][scenario]
      const length = Math.max(1, Math.min(overhead * scale, longest))
      lines.push(
        text(left - 8, y + bar - 5, titles[name], 'name'),
        `<rect x="${left}" y="${y + 2}" width="${length.toFixed(1)}" height="${bar - 4}" class="${name.startsWith('typed') ? 'ours' : 'peer'}"/>`,
        ...(overhead * scale > longest ? [`<path d="M${left + longest - 22} ${y + bar}l8-${bar}h6l-8 ${bar}z" class="gap"/>`] : []),
        text(left + length + 6, y + bar - 5, String(Math.round(overhead)), 'figure')
      )
      y += bar
    }
    y += 10
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img">
<title>CPU time that session plugins add to a request</title>
<style>
rect { fill: #8b949e } .ours { fill: #2da44e } .gap { fill: #fff }
text { font: 12px system-ui, sans-serif; fill: #57606a } .title, .group { font-weight: 600 } .name { text-anchor: end }
@media (prefers-color-scheme: dark) { text { fill: #c9d1d9 } .gap { fill: #0d1117 } }
</style>
${lines.join('\n')}
</svg>
`
}

function text (x, y, content, style) {
  return `<text x="${Math.round(x)}" y="${y}" class="${style}">${content}</text>`
}
