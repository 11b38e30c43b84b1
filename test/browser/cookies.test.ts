import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { CookieAttributes } from '../../lib/index.ts'
import { checkCookie } from '../../lib/options/cookie-checks.ts'
import { makeApp } from '../support/app.ts'
import { Browser, needsChromium } from '../support/chromium.ts'
import { Firefox, needsFirefox } from '../support/firefox.ts'

// Browsers resolve it by themselves, and trust it with Secure without HTTPS. Ports tell no cookies apart.
const host = 'www.app.localhost'

/** Serves what the listener is at that time; gives its origin. */
async function listen (t: Test, listener: () => RequestListener): Promise<string> {
  const server = createServer((request, response) => listener()(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://${host}:${(server.address() as AddressInfo).port}`
}

async function get (page: Page, path: string): Promise<string> {
  return await page.evaluate(`fetch(${JSON.stringify(path)}).then((response) => response.text())`)
}

/** The same under / and under /app. */
async function makeListener (cookie: CookieAttributes): Promise<RequestListener> {
  const app = await makeApp({ cookie, fastify: { rewriteUrl: ({ url = '/' }) => url.replace(/^\/app(?=\/)/, '') } })
  await app.ready()
  return app.routing
}

const scopes: Record<string, CookieAttributes> = {
  'the defaults': {},
  'a domain': { domain: 'app.localhost' },
  'a path': { path: '/app' },
  'a partition': { partitioned: true, secure: true },
  'all three': { partitioned: true, secure: true, path: '/app', domain: 'app.localhost' }
}

interface Visitor {
  fetch (path: string): Promise<string>
  cookies (): Promise<string[]>
}

/** Chromium and Firefox, at a page under /app. */
const browsers = {
  async Chromium (t: Test, url: string): Promise<Visitor> {
    const browser = new Browser(t)
    const page = await browser.open(url)
    return { fetch: async (path) => await get(page, path), cookies: async () => await browser.cookies() }
  },
  async Firefox (t: Test, url: string): Promise<Visitor> {
    const firefox = await Firefox.start(t)
    await firefox.goto(url)
    return firefox
  }
}

for (const name of ['Chromium', 'Firefox'] as const) {
  const needed = name === 'Chromium' ? needsChromium : needsFirefox
  t.test(`in ${name}, login and logout outlive a change of path, domain or partition`, needed, async (t) => {
    const listeners = new Map(await Promise.all(Object.entries(scopes).map(async ([name, cookie]) => [name, await makeListener(cookie)] as const)))
    let deployed = 'the defaults'
    const browser = await browsers[name](t, `${await listen(t, () => listeners.get(deployed) as RequestListener)}/app/untouched`)
    const visit = async (name: string, path: string) => {
      deployed = name
      return await browser.fetch(path)
    }
    for (const from of listeners.keys()) {
      for (const to of listeners.keys()) {
        const how = `from ${from} to ${to}`
        await visit(from, '/app/remember')
        await visit(to, '/app/untouched')
        t.equal((await browser.cookies()).length, 1, `${how}: a refresh makes no second cookie`)
        t.match(await visit(to, '/app/read'), '"userId":7')
        await visit(to, '/app/logout')
        t.match(await visit(to, '/app/read'), '"reason":"absent"', `${how}: a logout is one`)

        await visit(from, '/app/login')
        await visit(to, '/push')
        await visit(to, '/app/login')
        t.match(await visit(to, '/app/read'), '"userId":7', `${how}: a login is one`)
        t.equal((await browser.cookies()).length, 1)
        await visit(to, '/app/logout')
        t.match(await visit(to, '/app/read'), '"reason":"absent"')
        t.same(await browser.cookies(), [], `${how}: nothing is left`)
      }
    }
  })
}

t.test('registration refuses the names and paths that Chromium drops or never sends back', needsChromium, async (t) => {
  const browser = new Browser(t)
  let line = ''
  const page = await browser.open(await listen(t, () => (request, response) => {
    if (line !== '') response.setHeader('set-cookie', line)
    response.end(request.headers.cookie ?? 'none')
  }))

  const cookies: Array<[name: string, attributes: CookieAttributes]> = [
    ...[' ', '?', '"', '#', '<', '>', '`', '{', '}', '|', '^', '\\', 'é', '/../', '/./', '%20', '%', '~', '!', '$', '&', '\'', '(', ')', '*', '+', ',', ':', '@', '=', '[', ']', '//']
      .map((part): typeof cookies[0] => ['session', { path: `/a${part}b` }]),
    ...['__Secure-', '__Host-', '__Http-', '__Host-Http-', '__hOsT-hTTp-', '__Secure-Http-', '__Https-', '_Host-'].flatMap((prefix) => [
      { path: '/', secure: true, httpOnly: true }, { path: '/', secure: true }, { path: '/', httpOnly: true }, { path: '/app', secure: true, httpOnly: true }
    ].map((attributes): typeof cookies[0] => [`${prefix}a`, attributes]))
  ]
  for (const [name, attributes] of cookies) {
    const { path = '/', httpOnly, secure } = attributes
    line = `${name}=x; Path=${path}${secure ? '; Secure' : ''}${httpOnly ? '; HttpOnly' : ''}`
    await get(page, '/')
    line = ''
    const isSent = await get(page, path) === `${name}=x`
    let isRefused = false
    try {
      checkCookie(name, attributes, () => '')
    } catch {
      isRefused = true
    }
    t.equal(isSent, !isRefused, `${name} ${JSON.stringify(attributes)}`)
    await page.context().clearCookies()
  }
})
