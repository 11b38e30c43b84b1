import t from 'tap'
import type { Page } from 'playwright-core'
import { Browser, needsChromium } from '../support/chromium.ts'
import { startPlayground } from '../support/playground.ts'

const url = needsChromium.skip ? '' : await startPlayground(t)

async function logIn (page: Page, { remember }: { remember: boolean }): Promise<void> {
  await page.getByLabel('Remember me').setChecked(remember)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.locator('#who').getByText('Ada').waitFor()
}

const who = (page: Page) => page.locator('#who.known, #who:text("Not logged in")').textContent()

t.test('without "remember me", closing the browser logs out', needsChromium, async (t) => {
  const browser = new Browser(t)
  await logIn(await browser.open(url), { remember: false })
  t.equal(await who(await browser.open(url)), 'Ada', 'another tab knows the user')
  await browser.close()
  t.equal(await who(await browser.open(url)), 'Not logged in')
})

t.test('with "remember me", the login outlives the browser', needsChromium, async (t) => {
  const browser = new Browser(t)
  await logIn(await browser.open(url), { remember: true })
  await browser.close()
  t.equal(await who(await browser.open(url)), 'Ada')
})

t.test('after its lifetime a cookie is refused, though the browser still sends it', needsChromium, async (t) => {
  for (const remember of [false, true]) {
    const browser = new Browser(t)
    const page = await browser.open(url)
    await logIn(page, { remember })
    await page.getByRole('button', { name: 'Past the lifetime' }).click()
    await page.getByText('expired', { exact: true }).first().waitFor()

    const again = await browser.open(url)
    t.equal(await who(again), 'Not logged in')
    t.equal(await again.locator('#verdict').textContent(), 'expired')
    t.equal((await browser.cookies()).length, 1, 'the browser keeps its cookie')
    await browser.close()
  }
})
