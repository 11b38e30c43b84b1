import type { Act } from './acts.ts'
import { phaseOf, type Visit } from './app.ts'
import type { Deployment } from './model.ts'

interface KnownFault {
  /** Its number in the issue. */
  readonly fault: string
  /** What the simulation leaves out until it is fixed. */
  readonly visit?: (visit: Visit, deployment: Deployment) => boolean
  readonly act?: (act: Act, deployment: Deployment) => boolean
}

const returnsNothing = ['sends', 'redirects', 'says 204', 'sends twice', 'sends, then throws', 'is denied by a hook']

/** Faults that are known and not fixed yet: take a line out, and the simulation finds its fault. */
const knownFaults: readonly KnownFault[] = [
  {
    fault: 'A2: what is sent first is overtaken',
    visit: (visit, { revocation }) => returnsNothing.includes(visit.answer) && (revocation || phaseOf(visit) === 'onSend')
  },
  { fault: 'A3: a change after the reply ends the process', visit: ({ late }) => /links|getter/.test(late?.name ?? '') },
  {
    fault: 'A7: no Vary',
    visit: (visit) => (phaseOf(visit) === 'onSend' || ['hijacks', 'commits, and returns'].includes(visit.answer)) &&
      (visit.route === '/read-only' || visit.acts.some(({ name, mayFail }) => mayFail || /not exist|number for a name/.test(name)))
  },
  { fault: 'B23: callNotFound from a child context', visit: ({ answer }, { scoped }) => answer === 'finds nothing' && scoped },
  // Fixed, and not yet lived long enough with.
  { fault: 'B9: saved, then refused', act: ({ mayFail = false }) => mayFail },
  { fault: 'B20: a logout that does not log out', act: ({ name }) => name.endsWith('for all hosts of the domain') }
]

export function isAvoided (visit: Visit, deployment: Deployment): boolean {
  return knownFaults.some((fault) => fault.visit?.(visit, deployment) || visit.acts.some((act) => fault.act?.(act, deployment)))
}
