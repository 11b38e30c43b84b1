import { createHash, randomBytes } from 'node:crypto'

/** 128 random bits (OWASP ASVS 5.0, 7.2.3). */
export function newSessionId (): string {
  return randomBytes(16).toString('base64url')
}

/** What stands for a session outside its cookie, in stores and to the app: no one gets from it to the id. */
export function hashSessionId (id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}
