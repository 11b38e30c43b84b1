// Coverage is that of lib, whatever else a test loads.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const files = readdirSync('lib', { recursive: true }).filter((file) => file.endsWith('.ts')).map((file) => join('lib', file))

export default () => files
