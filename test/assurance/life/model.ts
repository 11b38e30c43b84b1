import { copy, isSame, withDefaults, type Data, type Version } from './schema.ts'

/** How the operator runs the app, as far as it decides about sessions. Times in seconds. */
export interface Deployment {
  readonly format: 'default' | 'flask'
  readonly version: Version
  /** Whether the schema has a codec. */
  readonly codec: boolean
  /** Which of the operator's secrets: the first signs. */
  readonly secrets: readonly number[]
  readonly encrypt: boolean
  readonly acceptSigned: boolean
  readonly revocation: boolean
  readonly lifetime: number
  readonly absoluteLifetime: number | undefined
  readonly refresh: 'permanent' | 'all' | 'none'
  readonly refreshAfter: number
  /** How far this server's clock is ahead. */
  readonly skew: number
  /** Whether the plugin is registered in a child context. */
  readonly scoped: boolean
  readonly cookie: { readonly path: '/' | '/app', readonly secure: true, readonly domain?: string, readonly partitioned?: boolean }
}

/** What a cookie says. Times in seconds. */
export interface Saved {
  readonly data: Data
  readonly permanent: boolean
  readonly lifetime: number | undefined
  readonly authenticatedAt: number | undefined
  readonly signedAt: number
  readonly secret: number | undefined
  readonly encrypted: boolean
}

/** What a browser should have. */
export interface Visitor {
  saved: Saved | undefined
  /** Milliseconds; undefined for when the browser closes. */
  keptUntil: number | undefined
}

/** What the world should be like. */
export class Model {
  /** Those that serve, the newest last. */
  deployments: readonly Deployment[]
  readonly visitors: readonly Visitor[]
  /** What the thief's copies say. */
  readonly copies: Saved[] = []

  constructor (first: Deployment, visitors: number) {
    this.deployments = [first]
    this.visitors = Array.from({ length: visitors }, () => ({ saved: undefined, keptUntil: undefined }))
  }

  /** What a server runs; while there is but one, it is every one. */
  at (server: number): Deployment {
    return this.deployments[server % this.deployments.length]!
  }
}

/** The last second in which a cookie is good, by today's options. */
export function expiry ({ signedAt, lifetime = Infinity, authenticatedAt = signedAt }: Saved, deployment: Deployment): number {
  const idle = signedAt + Math.min(lifetime, deployment.lifetime)
  return Math.min(idle, authenticatedAt + (deployment.absoluteLifetime ?? Infinity))
}

/** Whether the holder of a cookie is in, by today's options. */
export function isGood (saved: Saved, deployment: Deployment, now: number): boolean {
  const { format, secrets, encrypt, acceptSigned } = deployment
  const tolerance = format === 'flask' ? 0 : 60
  return secrets.includes(saved.secret ?? NaN) &&
    (saved.encrypted ? encrypt : !encrypt || acceptSigned) &&
    saved.signedAt <= now + tolerance &&
    now <= expiry(saved, deployment)
}

/** A session as handlers see it, but in no cookie: what is done to a request's session is done to this one too. */
export class ModelSession {
  readonly data: Data
  permanent: boolean
  lifetime: number | undefined
  authenticatedAt: number | undefined
  deleted = false
  touched = false
  readonly before: Saved | undefined
  /** Whether the browser sent any cookie, good or not. */
  readonly hasCookie: boolean
  /** Whether it is known when the session began, so that one that is deleted and filled again is another. */
  readonly #hasBeginning: boolean

  constructor (before: Saved | undefined, hasCookie: boolean, { absoluteLifetime, revocation }: Deployment) {
    this.#hasBeginning = before !== undefined && (before.authenticatedAt !== undefined || absoluteLifetime !== undefined || revocation)
    this.before = before
    this.hasCookie = hasCookie
    this.data = withDefaults(copy(before?.data ?? {}))
    this.permanent = before?.permanent ?? false
    this.lifetime = before?.lifetime
    // One from before the option `absoluteLifetime` began when it was signed.
    this.authenticatedAt = before?.authenticatedAt ?? before?.signedAt
  }

  get isModified (): boolean {
    const { before } = this
    return this.touched || (this.deleted && this.#hasBeginning) || this.permanent !== (before?.permanent ?? false) || this.lifetime !== before?.lifetime ||
      !isSame(this.data, before?.data ?? {})
  }

  set (key: keyof Data, value: unknown): void {
    Object.assign(this.data, { [key]: value })
  }

  update (change: (data: Data) => void): void {
    change(this.data)
  }

  touch (): void {
    this.touched = true
  }

  delete (): void {
    this.#clear()
    Object.assign(this, { permanent: false, lifetime: undefined, authenticatedAt: undefined, deleted: true, touched: false })
  }

  async regenerate (keep: ReadonlyArray<keyof Data>): Promise<void> {
    this.#clear(Object.fromEntries(keep.map((key) => [key, this.data[key]])))
    Object.assign(this, { authenticatedAt: undefined, touched: true })
  }

  // In place: handlers hold on to the session.
  #clear (kept: Partial<Data> = {}): void {
    for (const key of Object.keys(this.data)) delete this.data[key as keyof Data]
    Object.assign(this.data, withDefaults(kept))
  }
}

export type Action = 'keep' | 'write' | 'refresh' | 'reseal' | 'delete'

/** What a response does with the cookie: the README's "What is sent, and when", and the rotation of secrets. */
export function actionOf (session: ModelSession, deployment: Deployment, now: number, mayRefresh: boolean): Action {
  const { before, hasCookie, isModified, deleted } = session
  const isEmpty = isSame(session.data, {})
  if (isEmpty && (isModified || deleted)) return before !== undefined || (hasCookie && deleted) ? 'delete' : 'keep'
  if (isModified) return 'write'
  if (before === undefined) return 'keep'
  const { refresh, refreshAfter, secrets, encrypt } = deployment
  const slides = refresh === 'all' || (before.permanent && refresh === 'permanent')
  if (slides && mayRefresh && now - before.signedAt >= refreshAfter) return 'refresh'
  return before.secret !== secrets[0] || before.encrypted !== encrypt ? 'reseal' : 'keep'
}

/** What the browser's cookie says after the response. */
export function savedBy (action: Action, session: ModelSession, deployment: Deployment, now: number): Saved | undefined {
  const { before, data, permanent, lifetime } = session
  if (action === 'delete') return undefined
  if (action === 'keep') return before
  const { secrets: [secret], encrypt: encrypted, absoluteLifetime, revocation } = deployment
  const counts = absoluteLifetime !== undefined || revocation
  if (action === 'write') {
    const authenticatedAt = counts ? session.authenticatedAt ?? now : undefined
    return { data: copy(data), permanent, lifetime, authenticatedAt, signedAt: now, secret, encrypted }
  }
  const authenticatedAt = counts ? session.authenticatedAt : before!.authenticatedAt
  return { ...before!, authenticatedAt, signedAt: action === 'refresh' ? now : before!.signedAt, secret, encrypted }
}
