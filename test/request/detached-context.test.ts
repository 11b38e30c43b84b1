import t from 'tap'
import { resolveOptions } from '../../lib/options/options.ts'
import { DetachedContext } from '../../lib/request/detached-context.ts'
import { schema, secret } from '../support/app.ts'

t.test('without a request, nothing limits a session and nobody is told of it', async (t) => {
  const context = new DetachedContext(resolveOptions({ schema, secret }, () => ''))
  t.notOk(context.readOnly || context.failed || context.saved || context.headersSent() || context.isPublic())
  for (const tell of ['accepted', 'rejected', 'changed', 'migrateFailed', 'adoptRejected'] as const) t.equal(context[tell](), undefined, tell)
  for await (const candidate of context.adoptCandidates()) t.fail(`adopts ${String(candidate)}`)
})
