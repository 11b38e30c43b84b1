import type { Settings } from '../options/options.ts'
import { defaultAttributes, type CookieAttributes } from '../util/cookies.ts'
import type { RequestContext } from './context.ts'

/** What a session knows that begins without a request: nothing limits it, and nobody is told of it. */
export class DetachedContext implements RequestContext {
  readonly readOnly = false
  readonly refreshes = true
  readonly reseals = true
  readonly failed = false
  readonly saved = false
  readonly headers: RequestContext['headers'] = {}
  readonly attributes: CookieAttributes

  constructor ({ cookie }: Settings) {
    this.attributes = cookie ?? defaultAttributes
  }

  headersSent (): boolean { return false }
  isPublic (): boolean { return false }
  accepted (): void {}
  rejected (): void {}
  changed (): void {}
  migrateFailed (): void {}
  async * adoptCandidates (): AsyncGenerator<never> {}
  adoptRejected (): void {}
}
