import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'
import { promisify } from 'node:util'

export interface User {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: 'member' | 'admin'
  readonly password: HashedPassword
}

interface HashedPassword {
  readonly salt: Buffer
  readonly hash: Buffer
}

// 32 MB and a tenth of a second for each guess. See the OWASP Password Storage Cheat Sheet.
const cost = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 }
const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

export async function hashPassword (password: string, salt: Buffer = randomBytes(16)): Promise<HashedPassword> {
  return { salt, hash: await derive(password.normalize(), salt, 32, cost) }
}

/** The users, in memory: yours are in a database. */
export class Users {
  readonly #users: readonly User[]
  readonly #nobody: HashedPassword = { salt: randomBytes(16), hash: randomBytes(32) }

  constructor (users: readonly User[]) {
    this.#users = users
  }

  get all (): readonly User[] {
    return this.#users
  }

  byId (id: string | undefined): User | undefined {
    return this.#users.find((user) => user.id === id)
  }

  /** The user with this password. It takes as long for an address that nobody has. */
  async logIn (email: string, password: string): Promise<User | undefined> {
    const user = this.#users.find((user) => user.email === email.trim().toLowerCase())
    const { salt, hash } = user?.password ?? this.#nobody
    const given = await hashPassword(password, salt)
    return timingSafeEqual(given.hash, hash) ? user : undefined
  }
}

export async function demoUsers (): Promise<Users> {
  const password = await hashPassword('correct horse')
  return new Users([
    { id: 'ada', email: 'ada@example.com', name: 'Ada', role: 'admin', password },
    { id: 'grace', email: 'grace@example.com', name: 'Grace', role: 'member', password }
  ])
}
