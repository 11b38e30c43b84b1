import { fork } from 'node:child_process'
import { once } from 'node:events'
import { median, round, shuffle } from './statistics.js'

const names = ['bare', 'typed-session', 'secure-session']

/**
 * Milliseconds to import a plugin, and to register it once and again, over what `bare` takes: medians over processes
 * that do nothing else. See startup-child.js.
 */
export async function runStartup ({ processes }) {
  const runs = new Map(names.map((name) => [name, []]))
  for (let i = 0; i < processes; i++) {
    for (const name of shuffle(names)) {
      const child = fork(new URL('startup-child.js', import.meta.url), [name])
      const [times] = await once(child, 'message')
      runs.get(name).push(times)
      await once(child, 'exit')
    }
  }
  const middle = (name, time) => median(runs.get(name).map((times) => times[time]))
  const over = (name, time) => round(middle(name, time) - middle('bare', time))
  return Object.fromEntries(names.slice(1).map((name) => [name, {
    import: over(name, 'import'), register: over(name, 'register'), again: over(name, 'again')
  }]))
}
