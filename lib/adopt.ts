export { readCookieSession, type CookieSessionOptions } from './adopt/cookie-session.ts'
export { readSessionId } from './adopt/session-id.ts'
