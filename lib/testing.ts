export { sessionAfter, sessionCookies, type ResponseWithHeaders } from './testing/session-cookies.ts'
