import { Session } from 'node:inspector/promises'
import Fastify from 'fastify'
import { scenarios } from './scenarios.js'

// A process of its own for one contestant: `fork('server.js', [name])`. Answers messages with figures of this process.
const { default: contestant } = await import(`./contestants/${process.argv[2]}.js`)
const app = Fastify()
let requests = 0
app.server.on('request', () => { requests++ })

await contestant.register(app)
app.get('/untouched', async () => 'untouched')
app.get('/read', async (request, reply) => contestant.read(request, reply))
app.get('/write', async (request, reply) => String(await contestant.write(request, reply)))
app.post('/login', async (request, reply) => {
  await contestant.login(request, reply, request.body.data, request.body.permanent)
  return 'logged in'
})

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

/** The Cookie headers of each scenario, got by logging in; undefined for what the contestant does not have. */
async function logIn ({ sessions, permanent = false }) {
  if (permanent && !contestant.hasPermanent) return undefined
  return Promise.all(sessions.map(async (data) => {
    const response = await app.inject({ method: 'POST', url: '/login', payload: { data, permanent } })
    const [header] = [response.headers['set-cookie']].flat()
    return header.split(';')[0]
  }))
}

/** What each scenario answers, for whoever compares the figures of contestants. */
async function probe ({ path }, [cookie]) {
  const response = await app.inject({ url: path, headers: cookie ? { cookie } : {} })
  return { status: response.statusCode, body: response.body, setsCookie: response.cookies.length > 0 }
}

const prepared = {}
await app.listen({ host: '127.0.0.1', port: 0 })
for (const [name, scenario] of Object.entries(scenarios)) {
  const cookies = await logIn(scenario)
  if (cookies) prepared[name] = { cookies, answer: await probe(scenario, cookies) }
}
process.on('message', async (question) => process.send(await answers[question]()))
process.on('disconnect', () => process.exit())
process.send({ port: app.server.address().port, prepared })
