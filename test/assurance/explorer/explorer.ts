import { createHash } from 'node:crypto'
import { emptyBooks, noteUse, settle, stepOf, targetsOf, type Books, type Step } from './books.ts'
import { contextOf, running, type Call, type Context } from './gate.ts'
import { ends, losses, type Answer, type Operation, type Scenario } from './operations.ts'
import type { Plugin } from './plugin.ts'
import { problemsOf } from './promises.ts'

/**
 * What can go wrong with a call: `fail` it has no effect, and an error; `lost` its effect, and an error; `late` an error,
 * and its effect at any later time or never; `twice` its effect, now and when its turn comes; `again` its effect, and once
 * more at any later time or never; `crash` the process is gone, and each call that it has under way takes effect at any
 * later time or never.
 */
const faults = ['fail', 'lost', 'late', 'twice', 'again', 'crash'] as const

export interface Found {
  readonly problem: string
  /** The shortest way there. */
  readonly path: readonly string[]
}

export interface Exploration {
  readonly states: number
  readonly found: readonly Found[]
}

interface Start {
  readonly state: string
  readonly books: string
  readonly asked: Map<string, readonly Answer[]>
}

export type Probe = readonly [Operation, string | undefined | ((answers: readonly Answer[]) => string | undefined)]

/** One run of the code along a path of events. */
export class Run {
  readonly scenario: Scenario
  readonly plugin: Plugin
  readonly books: Books
  readonly steps: readonly Step[]
  readonly faults: string[] = []
  /** Calls that were answered already and may still take effect. */
  readonly floating = new Map<string, Call>()
  readonly #start: Start
  readonly #first: Books
  readonly #contexts: Context[] = []
  #events = 0

  constructor (plugin: Plugin, scenario: Scenario, start: Start) {
    this.plugin = plugin
    this.scenario = scenario
    this.#start = start
    this.books = JSON.parse(start.books)
    this.#first = JSON.parse(start.books)
    this.steps = scenario.operations.map(stepOf)
    plugin.restore(start.state)
    plugin.gate.waiting.clear()
    plugin.gate.open = false
  }

  /** Does the next thing, and waits until the code waits for the store again. */
  async step (event: string): Promise<void> {
    const { gate } = this.plugin
    this.#events++
    const kind = event.slice(0, event.indexOf(' '))
    const name = event.slice(kind.length + 1)
    if (kind === 'start') this.#begin(Number(name))
    else if (kind === 'effect') this.#take(name)
    else this.#answer(kind, gate.waiting.get(name) as Call)
    if ((faults as readonly string[]).includes(kind)) this.faults.push(`${kind} ${name.split(' ')[1]}`)
    for (let turns = 0, calm = 0; calm < 3 && turns < 300; turns++) {
      await turn()
      const isBusy = this.steps.some(({ status }, index) => status === 'running' && ![...gate.waiting.values()].some(({ operation }) => operation === index))
      calm = isBusy ? 0 : calm + 1
    }
  }

  #begin (index: number): void {
    const { plugin, books } = this
    const step = this.steps[index] as Step
    step.began = step.ended = this.#events
    if (plugin.instant(step)) {
      step.status = 'done'
      return
    }
    step.status = 'running'
    step.cookie = (step.stale ? this.#first : books).jars[step.by ?? ''] ?? undefined
    step.history = [`began at ${plugin.now()} ${JSON.stringify(plugin.lifetimes())}`]
    step.asked = plugin.now()
    step.lifetime = plugin.lifetimes().lifetime
    step.targets = targetsOf(step, books)
    const { of = '', except = '' } = step
    const handles = { ...(books.handles[of] && { id: books.handles[of] }), ...(books.handles[except] && { except: books.handles[except] }) }
    const context = this.#contexts[index] = contextOf(String(index), index)
    running.run(context, async () => await plugin.request({ ...step, ...handles }, step.cookie)).then((result) => {
      if (step.status !== 'running') return
      Object.assign(step, { status: 'done', result, ended: this.#events })
      settle(books, step, this.steps, plugin.now())
    }, (error: unknown) => { Object.assign(step, { status: 'done', result: { status: 0, text: String(error) } }) })
  }

  #take (id: string): void {
    this.#effect(this.floating.get(id) as Call)
    this.floating.delete(id)
  }

  #answer (kind: string, call: Call): void {
    const { gate } = this.plugin
    const step = this.steps[call.operation] as Step
    if (kind === 'twice') {
      this.#effect(call)
      call.repeated = true
      step.history.push(`twice ${call.id}`)
      return
    }
    if (kind === 'crash') {
      step.status = 'crashed'
      noteUse(this.books, step, this.plugin.now())
      for (const each of [...gate.waiting.values()].filter(({ operation }) => operation === call.operation)) {
        gate.waiting.delete(each.id)
        if (isWrite(each)) this.floating.set(each.id, each)
      }
      return
    }
    gate.waiting.delete(call.id)
    const result = kind === 'fail' || kind === 'late' ? undefined : this.#effect(call)
    if (kind === 'late' || kind === 'again') this.floating.set(call.id, call)
    step.history.push(`${kind} ${call.id} ${JSON.stringify(result)} ${this.plugin.now()} ${JSON.stringify(this.plugin.lifetimes())}`)
    if (kind === 'go' || kind === 'again') call.resolve(result)
    else call.reject(new Error(`${kind} ${call.id}`))
  }

  #effect (call: Call): unknown {
    const step = this.steps[call.operation] as Step
    if (call.name === 'link') step.linked = true
    if (call.name === 'list' && step.does === 'revokeSubject') {
      for (const [index, other] of this.steps.entries()) {
        if (other.linked && other.status === 'running' && other.user === step.user) step.caught.push(index)
      }
    }
    return this.plugin.gate.effect(call)
  }

  /** What can happen next. */
  events (): string[] {
    const isOver = (index: number | undefined) => index === undefined || ['done', 'crashed'].includes(String(this.steps[index]?.status))
    const events = this.steps.flatMap(({ status, after }, index) => status === 'waiting' && isOver(after) ? [`start ${index}`] : [])
    for (const call of this.plugin.gate.waiting.values()) {
      events.push(`go ${call.id}`)
      if (this.faults.length >= (this.scenario.faults ?? 0)) continue
      const possible = faults.filter((kind) => (kind !== 'twice' || !call.repeated) && (kind === 'fail' || kind === 'crash' || isWrite(call)))
      events.push(...possible.map((kind) => `${kind} ${call.id}`))
    }
    return [...events, ...[...this.floating.keys()].map((id) => `effect ${id}`)]
  }

  /** What tells this state from others. */
  key (): string {
    // Which end was over before which session began: what is promised to that depends on it.
    const overBefore = ({ does, began }: Step) => ['login', 'write', 'update'].includes(does) &&
      this.steps.map((other) => [...ends, ...losses].includes(other.does) && other.ended > began)
    const steps = this.steps.map((step) => [step.status, step.status === 'running' ? step.history : step.result, step.linked, step.caught, overBefore(step)])
    const waiting = [...this.plugin.gate.waiting.values()].map(({ id, repeated }) => [id, repeated]).sort()
    const all = JSON.stringify([this.plugin.state(), steps, waiting, [...this.floating.keys()].sort(), this.faults.length, this.books])
    return createHash('sha1').update(all).digest('base64')
  }

  /** Asks the code, with nothing in between, and leaves no trace. */
  async probe (...requests: readonly Probe[]): Promise<readonly Answer[]> {
    const { plugin } = this
    const state = plugin.state()
    const question = state + JSON.stringify(requests, (_, value: unknown) => typeof value === 'function' ? 'the first answer\'s' : value)
    const known = this.#start.asked.get(question)
    if (known !== undefined) return known
    plugin.gate.open = true
    const answers: Answer[] = []
    for (const [operation, cookie] of requests) {
      answers.push(await running.run(contextOf('probe'), async () => await plugin.request(operation, typeof cookie === 'function' ? cookie(answers) : cookie)))
    }
    plugin.gate.open = false
    plugin.restore(state)
    this.#start.asked.set(question, answers)
    return answers
  }

  /** Lets what still waits come to its end, so that nothing of this run is left. */
  async close (): Promise<void> {
    const { gate } = this.plugin
    for (const context of this.#contexts) if (context !== undefined) context.over = true
    for (const { reject } of [...gate.waiting.values(), ...this.floating.values()]) reject(new Error('this run is over'))
    gate.waiting.clear()
    for (let turns = 0; turns < 3; turns++) await turn()
  }
}

/** Runs every order of the calls, with every fault at each, from the start each time. No state is explored twice. */
export async function explore (plugin: Plugin, scenario: Scenario): Promise<Exploration> {
  const start = await prepare(plugin, scenario)
  const seen = new Set<string>()
  const found = new Map<string, readonly string[]>()
  const paths: string[][] = [[]]
  for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
    const run = new Run(plugin, scenario, start)
    for (const event of path) await run.step(event)
    for (let key = run.key(); !seen.has(key); key = run.key()) {
      seen.add(key)
      for (const problem of await problemsOf(run)) {
        if ((found.get(problem)?.length ?? Infinity) > path.length) found.set(problem, path)
      }
      const [first, ...others] = run.events()
      if (first === undefined) break
      for (const event of others) paths.push([...path, event])
      path = [...path, first]
      await run.step(first)
    }
    await run.close()
  }
  return { states: seen.size, found: [...found].map(([problem, path]) => ({ problem, path })) }
}

async function prepare (plugin: Plugin, { before, options }: Scenario): Promise<Start> {
  plugin.reset(options)
  plugin.gate.open = true
  const books = emptyBooks()
  for (const operation of before) {
    if (plugin.instant(operation)) continue
    const step = { ...stepOf(operation), cookie: books.jars[operation.by ?? ''] ?? undefined, asked: plugin.now(), lifetime: plugin.lifetimes().lifetime }
    step.result = await running.run(contextOf(`before${books.cookies.length}`), async () => await plugin.request(operation, step.cookie))
    settle(books, step, [], plugin.now())
    const { by = '' } = operation
    const { id } = await running.run(contextOf('probe'), async () => await plugin.request({ does: 'read' }, books.jars[by] ?? undefined))
    if (id !== undefined) books.handles[by] = id
  }
  return { state: plugin.state(), books: JSON.stringify(books), asked: new Map() }
}

function isWrite ({ name }: Call): boolean {
  return name !== 'get' && name !== 'list'
}

function turn (): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve) })
}
