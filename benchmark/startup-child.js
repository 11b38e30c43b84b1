import Fastify from 'fastify'
import 'zod'
import { secret } from './data.js'

// Milliseconds that one plugin takes to be imported and registered, in a process where Fastify and zod are there already.
const plugins = {
  bare: {
    load: async () => ({ default: async () => {} }),
    options: async () => ({})
  },
  'typed-session': {
    load: () => import('../dist/index.js'),
    options: async () => ({ schema: (await import('./schema.js')).schema, secret })
  },
  'secure-session': {
    load: () => import('@fastify/secure-session'),
    options: async () => ({ key: Buffer.from(secret).subarray(0, 32) })
  }
}

const { load, options } = plugins[process.argv[2]]
const given = await options()
const app = Fastify()
const start = performance.now()
const { default: plugin } = await load()
const imported = performance.now()
app.register(plugin, given)
await app.ready()
const registered = performance.now()
await app.close()
process.send({ import: imported - start, register: registered - imported })
