import { createHash, randomBytes } from 'node:crypto'

/** 128 random bits (OWASP ASVS 5.0, 7.2.3): a session's id, or its key. */
export function newSecret (): string {
  return randomBytes(16).toString('base64url')
}

/** What stands for a key in the store: no one gets from it to the key, which the cookie has to bring. */
export function hashKey (key: string): string {
  return createHash('sha256').update(key).digest('base64url')
}

/** What stands for a session to the app. It changes with the key, and says where the record is. */
export function sessionIdOf (id: string, keyHash: string): string {
  return `${id}.${keyHash.slice(0, 8)}`
}

/** The id in what `sessionIdOf` made, whichever the key was. */
export function recordIdOf (sessionId: string): string {
  return sessionId.replace(/\..*$/s, '')
}
