// `npm run shop` in a clone of the repository. SESSION_SECRET and DATABASE=shop.sqlite keep the sessions over a restart.
import { randomBytes } from 'node:crypto'
import { buildApp } from './app.ts'
import { openStore } from './database.ts'
import { demoUsers } from './users.ts'

const { SESSION_SECRET: secret = randomBytes(32), DATABASE: file = ':memory:', PORT: port = '3000' } = process.env

const { store, close } = openStore(file)
const app = await buildApp({ secret, store, users: await demoUsers() })
app.addHook('onClose', close)
const prune = setInterval(() => { store.prune().catch((error: unknown) => app.log.error(error)) }, 3_600_000)
app.addHook('onClose', async () => clearInterval(prune))

console.log(`The shop: ${await app.listen({ host: '127.0.0.1', port: Number(port) })}`)
console.log('Log in as grace@example.com or, for the administration, ada@example.com, with the password "correct horse".')
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => app.close())
