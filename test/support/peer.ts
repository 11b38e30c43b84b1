import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * Options of a test that needs a program. Where it is missing the test is skipped and says why, but in CI that is a
 * failure: a check that never runs proves nothing.
 */
export function needs (what: string, program: string | undefined): { skip?: string } {
  if (program !== undefined) return {}
  if (process.env.CI) throw new Error(`${what} is not installed, and in CI it must be`)
  return { skip: `${what} is not installed here: .ci/run installs it and runs this test` }
}

/** The path of the first of these programs that can be run, as a path or a name in PATH. */
export function findProgram (...names: (string | undefined)[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return names
    .filter((name) => name !== undefined)
    .flatMap((name) => name.includes('/') ? name : folders.map((folder) => join(folder, name)))
    .find(isExecutable)
}

function isExecutable (path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
