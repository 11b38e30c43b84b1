import { Session } from 'node:inspector/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import Fastify from 'fastify'
import { contestant } from './contestants/typed-session.js'

// A process that serves contestants, each in an app of its own: `fork('server.js', [...names])`. Answers messages with
// figures of the process. A name with a slash in it is the folder of a build of this plugin; `#encrypt` has it encrypt.
let requests = 0
const served = {}
for (const name of process.argv.slice(2)) served[name] = await serve(name)

async function serve (name) {
  const { hasPermanent = false, slow = false, ...contestant } = await load(name)
  const { start = startFastify } = contestant
  const server = await start(contestant)
  server.on('request', () => { requests++ })
  return { port: server.address().port, hasPermanent, slow }
}

async function startFastify ({ register, login, read, write }) {
  const app = Fastify()
  await register(app)
  app.get('/untouched', async () => 'untouched')
  app.get('/read', async (request, reply) => read(request, reply))
  app.get('/write', async (request, reply) => String(await write(request, reply)))
  app.post('/login', async (request, reply) => {
    await login(request, reply, request.body.data, request.body.permanent)
    return 'logged in'
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  return app.server
}

async function load (name) {
  if (!name.includes('/')) return (await import(`./contestants/${name}.js`)).default
  const [folder, option] = name.split('#')
  const { default: plugin } = await import(pathToFileURL(resolve(folder, 'index.js')).href)
  return contestant(plugin, { encrypt: option === 'encrypt' })
}

const answers = {
  /** What the process has done so far: CPU time in microseconds. */
  usage () {
    const { user, system } = process.cpuUsage()
    return { cpu: user + system, requests }
  },

  /** Starts to sample the heap, what is collected again included. */
  async startSampling () {
    sampler.connect()
    await sampler.post('HeapProfiler.startSampling', {
      samplingInterval: 8192, includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true
    })
    return answers.usage()
  },

  /** Bytes allocated since. */
  async stopSampling () {
    const usage = answers.usage()
    const { profile } = await sampler.post('HeapProfiler.stopSampling')
    sampler.disconnect()
    return { ...usage, bytes: sum(profile.head) }
  }
}
const sampler = new Session()

function sum (node) {
  return node.children.reduce((total, child) => total + sum(child), node.selfSize)
}

process.on('message', async (question) => process.send(await answers[question]()))
process.on('disconnect', () => process.exit())
process.send(served)
