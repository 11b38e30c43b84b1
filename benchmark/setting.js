import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import os from 'node:os'

/** What figures are of: the commit, when and on which machine it was measured, and the versions of the packages named. */
export function describeSetting (packages) {
  return {
    commit: git('rev-parse', '--short=10', 'HEAD'),
    // What the build and the harness are made of; figures of changes that are not committed say so.
    changed: git('status', '--porcelain', 'lib', 'benchmark/*.js', 'benchmark/contestants', 'package-lock.json') !== '',
    date: new Date().toISOString().slice(0, 10),
    machine: {
      processor: os.cpus()[0].model,
      processors: os.cpus().length,
      memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
      system: `${os.type()} ${os.arch()}`
    },
    versions: {
      node: process.versions.node,
      openssl: process.versions.openssl,
      ...Object.fromEntries(['fastify', '@fastify/cookie', 'zod'].map((name) => [name, versionOf(name, '..')])),
      ...Object.fromEntries(packages.map((name) => [name, versionOf(name, '.')]))
    }
  }
}

/** The same in a sentence. */
export function settingText ({ commit, changed, date, machine, versions }) {
  const { node, openssl, '@fastify/cookie': cookie, ...packages } = versions
  const of = Object.entries(packages).map(([name, version]) => `${name} ${version}`)
  return `Commit ${commit}${changed ? ' with changes' : ''}, ${date}: Node.js ${node}, ${of.join(', ')}; ` +
    `${machine.processors} processors (${machine.processor}), ${machine.memory}, ${machine.system}.`
}

function git (...args) {
  return execFileSync('git', args, { cwd: new URL('..', import.meta.url), encoding: 'utf8' }).trim()
}

function versionOf (name, folder) {
  return JSON.parse(readFileSync(new URL(`${folder}/node_modules/${name}/package.json`, import.meta.url), 'utf8')).version
}
