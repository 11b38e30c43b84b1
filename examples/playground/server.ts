import { randomBytes } from 'node:crypto'
import { buildApp } from './app.ts'

// A secret of its own at each start: the cookies of the run before are refused. A real app reads it from its environment.
const secret = randomBytes(32)
// In seconds.
const lifetime = Number(process.env.LIFETIME ?? 180)
const port = Number(process.env.PORT ?? 3000)

const app = await buildApp({ secret, lifetime })
const address = await app.listen({ host: '127.0.0.1', port }).catch((error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') throw error
  console.error(`Port ${port} is taken. Choose another one: PORT=${port + 1} npm start`)
  process.exit(1)
})
console.log(`The playground: ${address}, where a session lives for ${lifetime} seconds`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => app.close())
