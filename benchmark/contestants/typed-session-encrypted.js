import fastifyTypedSession from '../../dist/index.js'
import { contestant } from './typed-session.js'

/** This plugin with XAES-256-GCM, which the browser cannot read. */
export default contestant(fastifyTypedSession, { encrypt: true })
