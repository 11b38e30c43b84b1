/** The environment of a process that is an app and not a test: it has nothing of the runner's, which would count its coverage. */
export const childEnv: { PATH: string | undefined } = { PATH: process.env.PATH, ...{ _TAPJS_PROCESSINFO_COVERAGE_: '0' } }

/** What runs TypeScript in such a process: `node --import`. */
export const loader: string = new URL('typescript.js', import.meta.url).href
