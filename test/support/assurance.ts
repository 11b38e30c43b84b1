import { existsSync, readFileSync, writeFileSync } from 'node:fs'
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
  /** What repeats it. */
  readonly command: string
}

const file = new URL('../../docs/assurance.md', import.meta.url)
const head = `# Assurance

What the project's own attacks found, written by the tests themselves. Each command repeats its row.

| measured | figure | target | repeat with |
| --- | --- | --- | --- |
`

/** Prints a figure; the long form also writes its row into docs/assurance.md. */
export function report (t: Test, { measure, figure, target, command }: Figure): void {
  t.comment(`${measure}: ${figure} (target: ${target})`)
  if (!long) return
  const rows = (existsSync(file) ? readFileSync(file, 'utf8').slice(head.length) : '').split('\n')
  const others = rows.filter((row) => row !== '' && !row.startsWith(`| ${measure.split(':')[0]}:`))
  const row = `| ${measure} | ${figure} | ${target} | \`${command}\` |`
  writeFileSync(file, head + [...others, row].sort().join('\n') + '\n')
}
