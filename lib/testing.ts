export { DeviceBoundBrowser, type StoredCookie } from './testing/device-bound-browser.ts'
export { sessionAfter, sessionCookies, type ResponseWithHeaders } from './testing/session-cookies.ts'
