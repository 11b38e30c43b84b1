import { MemoryStore } from '../../lib/stores/memory.ts'

/**
 * What goes wrong with a call: `fail` it is not done, and an error; `lost` done, and an error; `twice` done, and done again
 * at once, as by a client that lost its connection; `again` done, and once more by `repeat()`.
 */
export type Fault = 'fail' | 'lost' | 'twice' | 'again'

/** A memory store whose calls go wrong as it is told. */
export class FaultyStore extends MemoryStore {
  /** The fault of a call; undefined for none. */
  faultOf: (call: string, key: string) => Fault | undefined = () => undefined
  readonly #repeats: Array<() => Promise<unknown>> = []

  override get (key: string) { return this.#call('get', key, () => super.get(key)) }
  override set (...args: Parameters<MemoryStore['set']>) { return this.#call('set', args[0], () => super.set(...args)) }
  override delete (key: string) { return this.#call('delete', key, () => super.delete(key)) }
  override link (...args: Parameters<MemoryStore['link']>) { return this.#call('link', args[0], () => super.link(...args)) }
  override unlink (...args: Parameters<MemoryStore['unlink']>) { return this.#call('unlink', args[0], () => super.unlink(...args)) }
  override list (key: string) { return this.#call('list', key, () => super.list(key)) }

  /** The coming calls of a kind go wrong so, one after the other. */
  next (call: string, ...faults: readonly Fault[]): void {
    const coming = [...faults]
    this.faultOf = (each) => each === call ? coming.shift() : undefined
  }

  /** Does again what was to be done once more. */
  async repeat (): Promise<void> {
    for (const repeat of this.#repeats.splice(0)) await repeat()
  }

  async #call<T> (call: string, key: string, run: () => Promise<T>): Promise<T> {
    const fault = this.faultOf(call, key.split(':')[1] ?? '')
    if (fault === 'fail') throw new Error('not done')
    const result = await run()
    if (fault === 'lost') throw new Error('done, and not answered')
    if (fault === 'again') this.#repeats.push(run)
    return fault === 'twice' ? await run() : result
  }
}
