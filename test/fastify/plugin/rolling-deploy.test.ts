import t from 'tap'
import { z } from 'zod'
import { cookieOf, makeApp, sessionOf } from '../../support/app.ts'
import { modes } from '../../support/modes.ts'

const older = z.object({
  prefs: z.object({ theme: z.string() }).optional(),
  items: z.array(z.object({ sku: z.string() })).default([]),
  visits: z.number().default(0)
})
const newer = z.object({
  prefs: z.object({ theme: z.string(), lang: z.string().optional() }).optional(),
  items: z.array(z.object({ sku: z.string(), note: z.object({ by: z.string() }).optional() })).default([]),
  visits: z.number().default(0),
  added: z.array(z.string()).optional()
})
const saved = { prefs: { theme: 'dark', lang: 'eo' }, items: [{ sku: 'a', note: { by: 'Ada' } }, { sku: 'b' }], added: ['x'] }

for (const [mode, options] of Object.entries(modes)) {
  t.test(`the old version of an app keeps what the new one wrote (${mode})`, async (t) => {
    const shared = options()
    const [before, after] = [await makeApp({ ...shared, schema: older }), await makeApp({ ...shared, schema: newer })]
    after.get('/save', async (request) => { Object.assign(sessionOf(request), saved) })
    after.get('/data', async (request) => sessionOf(request).data())
    before.get('/count', async (request) => { sessionOf(request).update((data) => { Object.assign(data, { visits: 1 }) }) })
    before.get('/change', async (request) => {
      const data = sessionOf(request) as unknown as z.infer<typeof older>
      data.prefs!.theme = 'light'
      data.items[0]!.sku = 'c'
      data.items.reverse()
    })
    let session = cookieOf(await after.inject('/save'))
    session = cookieOf(await before.inject({ url: '/count', cookies: { session } }))
    session = cookieOf(await before.inject({ url: '/change', cookies: { session } }))
    t.same((await after.inject({ url: '/data', cookies: { session } })).json(), {
      prefs: { theme: 'light', lang: 'eo' }, items: [{ sku: 'b' }, { sku: 'c', note: { by: 'Ada' } }], visits: 1, added: ['x']
    })
  })
}
