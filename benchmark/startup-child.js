import fastifyCookie from '@fastify/cookie'
import Fastify from 'fastify'
import projectsCookie from '../node_modules/@fastify/cookie/index.js'
import { secret } from './data.js'
import { schema } from './schema.js'

// Milliseconds that one plugin takes to be imported, and to be registered in two apps, one after the other, until each is
// ready. What any app does before is done: Fastify has started once, with @fastify/cookie, and zod is there.
const plugins = {
  bare: {
    load: async () => ({ default: async () => {} }),
    options: {}
  },
  'typed-session': {
    load: () => import('../dist/index.js'),
    options: { schema, secret }
  },
  'secure-session': {
    load: () => import('@fastify/secure-session'),
    options: { key: Buffer.from(secret).subarray(0, 32) }
  }
}

const { load, options } = plugins[process.argv[2]]
// An app has one copy of it; here the peers have another than the project.
for (const cookie of [fastifyCookie, projectsCookie]) await ready(cookie, {})
const start = performance.now()
const { default: plugin } = await load()
const imported = performance.now()
const first = await ready(plugin, options)
const again = await ready(plugin, options)
process.send({ import: imported - start, register: first, again })

async function ready (plugin, options) {
  const app = Fastify()
  const start = performance.now()
  app.register(plugin, options)
  await app.ready()
  const took = performance.now() - start
  await app.close()
  return took
}
