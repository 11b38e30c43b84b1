import type { Test } from 'tap'
import { storeContract, type ContractOptions } from '../../lib/stores/contract.ts'
import type { SessionStore } from '../../lib/stores/store.ts'

/** Runs the contract's requirements: one after another on a clock of the test's, side by side on a real one. */
export async function meetsTheContract (t: Test, store: SessionStore, options?: ContractOptions): Promise<void> {
  t.jobs = options === undefined ? 20 : 1
  await Promise.all(storeContract(store, options).map(({ title, run }) =>
    t.test(title, async (t) => { await t.resolves(run()) })))
}
