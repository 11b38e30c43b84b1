import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext, type Page } from 'playwright-core'
import type { Test } from 'tap'
import { findProgram, needs } from './peer.ts'

const program = findProgram(process.env.CHROMIUM_PATH, 'chromium', 'chromium-browser', 'google-chrome')
export const needsChromium = needs('Chromium', program)

const args = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'
]

interface BrowserOptions {
  viewport?: { width: number, height: number }
  colorScheme?: 'light' | 'dark'
  ignoreDefaultArgs?: string[]
  /** More arguments of the command. */
  args?: string[]
}

/** A person's browser: it can be closed and opened again, and keeps on disk what a browser keeps. */
export class Browser {
  readonly #folder = mkdtempSync(join(tmpdir(), 'chromium-'))
  readonly #options: object
  readonly #args: string[]
  /** What the pages complained about, such as breaches of the content security policy. */
  readonly complaints: string[] = []
  #context: BrowserContext | undefined

  constructor (t: Test, { args: more = [], ...options }: BrowserOptions = {}) {
    this.#options = options
    this.#args = [...args, ...more]
    t.teardown(async () => {
      await this.close()
      await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 })
    })
  }

  /** Opens the browser where it is closed, and a page in it. */
  async open (url: string): Promise<Page> {
    this.#context ??= await chromium.launchPersistentContext(this.#folder, { executablePath: program ?? '', args: this.#args, ...this.#options })
    const page = await this.#context.newPage()
    page.on('pageerror', (error) => this.complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text())
    })
    await page.goto(url)
    return page
  }

  async close (): Promise<void> {
    await this.#context?.close()
    this.#context = undefined
  }

  /** Has it forget a cookie, as if that had expired. */
  async forget (name: string): Promise<void> {
    await this.#context?.clearCookies({ name })
  }

  async cookies (): Promise<string[]> {
    const cookies = await this.#context?.cookies() ?? []
    return cookies.map(({ name, value }) => `${name}=${value}`)
  }
}
