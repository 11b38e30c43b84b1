export { createFlaskLogin, type FlaskLogin, type FlaskLoginOptions, type LoginUserOptions } from './flask/flask-login.ts'
export { createFlaskWtf, type FlaskWtf, type FlaskWtfOptions } from './flask/flask-wtf.ts'
export type { AnyReply, AnyRequest } from './flask/any-server.ts'
