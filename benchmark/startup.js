import { fork } from 'node:child_process'
import { once } from 'node:events'
import { median, round, shuffle } from './statistics.js'

/**
 * Milliseconds to import a plugin, and to register it and make the app ready, as it also takes `bare`: medians over
 * processes that do nothing else.
 */
export async function runStartup ({ processes }) {
  const runs = { bare: [], 'typed-session': [], 'secure-session': [] }
  for (let i = 0; i < processes; i++) {
    for (const name of shuffle(Object.keys(runs))) {
      const child = fork(new URL('startup-child.js', import.meta.url), [name])
      const [times] = await once(child, 'message')
      runs[name].push(times)
      await once(child, 'exit')
    }
  }
  return Object.fromEntries(Object.entries(runs).map(([name, times]) => [name, {
    import: round(median(times.map((time) => time.import))),
    register: round(median(times.map((time) => time.register)))
  }]))
}
