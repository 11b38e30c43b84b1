import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'

/** Whether the long form runs: `npm run test:long`. */
export const long = process.env.ASSURANCE === 'long'

/** A number of runs: ten times as many in the long form, unless told otherwise. */
export function runs (short: number, inLongForm: number = short * 10): number {
  return long ? inLongForm : short
}

export interface Figure {
  /** What was measured, and how often. */
  readonly measure: string
  readonly figure: string
  readonly target: string
  /** The folder that it is of. */
  readonly of: string
  /** What repeats it. */
  readonly command: string
}

const file = new URL('../../docs/assurance.md', import.meta.url)

/** Prints a figure; the long form also writes its row into the table of docs/assurance.md. */
export function report (t: Test, { measure, figure, target, of, command }: Figure): void {
  t.comment(`${measure}: ${figure} (target: ${target})`)
  if (!long) return
  const lines = readFileSync(file, 'utf8').split('\n')
  const start = lines.indexOf('| --- | --- | --- | --- | --- |') + 1
  const end = lines.findIndex((line, index) => index >= start && !line.startsWith('|'))
  const [what] = measure.split(':')
  const others = lines.slice(start, end).filter((row) => !row.startsWith(`| ${what}:`))
  const row = `| ${measure} | ${figure} | ${target} | \`${of}\` at ${now()} | \`${command}\` |`
  writeFileSync(file, [...lines.slice(0, start), ...[...others, row].sort(), ...lines.slice(end)].join('\n'))
}

// The commit that is measured, and its day.
function now (): string {
  return execFileSync('git', ['log', '-1', '--format=%h, %cs', '--abbrev=7'], { encoding: 'utf8' }).trim()
}
