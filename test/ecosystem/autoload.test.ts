import { pathToFileURL } from 'node:url'
import autoload from '@fastify/autoload'
import Fastify from 'fastify'
import t from 'tap'
import { serve } from '../support/client.ts'

t.test('@fastify/autoload loads the plugin and its options from a file', async (t) => {
  const plugin = pathToFileURL('lib/index.ts').href
  const folder = t.testdir({
    plugins: {
      'session.mjs': `
        export { default } from '${plugin}'
        import { z } from '${import.meta.resolve('zod')}'
        export const autoConfig = { schema: z.object({ userId: z.number().optional() }), secret: 'Vq3nTq0sYx8Jd5RkWm7Bz2HfLc9GpAe4' }
      `
    },
    routes: {
      'root.mjs': `
        export default async (app) => {
          app.get('/login', async (request) => { request.session.userId = 7 })
          app.get('/me', async (request) => request.session)
        }
      `
    }
  })
  const app = Fastify()
  await app.register(autoload, { dir: `${folder}/plugins` })
  await app.register(autoload, { dir: `${folder}/routes` })
  const client = await serve(t, app)
  await client.get('/login')
  t.same((await client.get('/me')).json, { userId: 7 })
})
