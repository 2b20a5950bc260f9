// Takes a page's pictures: in light and dark, on a desk and on a phone.

import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import {
  type Browser,
  type BrowserContextOptions,
  type CDPSession,
  type Locator,
  type Page,
  expect,
} from '@playwright/test'
import { Shop, shop_url } from '../shop'
import { pictures } from './pages'

const folder = fileURLToPath(new URL('../../docs/pictures/', import.meta.url))

export const lights = ['light', 'dark'] as const
export const widths = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } }

export const file_of = (name: string, light: string, width: string) => `${name}-${light}-${width}.webp`

type How = {
  /** Where the picture begins, if not at the top. */
  at?: Locator
  /** Done anew in each light: the fields of the gateway are told their colours when they are made. */
  again?: () => Promise<unknown>
}

/** Somebody's browser, and a camera before it. */
export class Camera {
  readonly shop: Shop
  private status = 0
  private session?: CDPSession

  constructor(readonly page: Page) {
    this.shop = new Shop(page)
    page.on('response', (answer) => {
      const is_page = answer.request().isNavigationRequest() && answer.frame() === page.mainFrame()
      if (is_page) this.status = answer.status()
    })
  }

  /** Opens an address and takes its pictures. */
  async visit(name: string, address: string, how: How = {}) {
    await this.page.setViewportSize(widths.wide)
    await this.page.goto(address)
    await this.take(name, how)
  }

  /** Takes the pictures of what is open. */
  async take(name: string, { at, again }: How = {}) {
    const picture = pictures.find((picture) => picture.name === name)
    if (!picture) throw new Error(`pages.ts knows no ${name}`)
    const route = new RegExp(`^${picture.route.replace(/:\w+/g, '[^/]+')}$`)
    // Nothing is pointed at.
    await this.page.mouse.move(0, 0)
    for (const light of lights) {
      await this.page.setViewportSize(widths.wide)
      await this.page.emulateMedia({ colorScheme: light })
      if (again) {
        await this.page.reload()
        await again()
      }
      expect.soft(new URL(this.page.url()).pathname, name).toMatch(route)
      expect.soft(this.status, name).toBe(picture.status)
      for (const [width, size] of Object.entries(widths)) {
        await this.page.setViewportSize(size)
        await at?.evaluate((element) => element.scrollIntoView({ block: 'start' }))
        if (!at) await this.page.evaluate(() => scrollTo(0, 0))
        await this.settled()
        await writeFile(folder + file_of(name, light, width), await this.shoot())
      }
    }
    await this.page.setViewportSize(widths.wide)
  }

  /** Fonts and images are there, and nothing moves. */
  private async settled() {
    await this.page.evaluate(async () => {
      document.documentElement.style.caretColor = 'transparent'
      // The caret in a field of the gateway cannot be hidden from here.
      if (document.activeElement?.matches('iframe')) (document.activeElement as HTMLElement).blur()
      await document.fonts.ready
      for (const image of document.images) image.loading = 'eager'
      await Promise.all([...document.images].map((image) => image.decode().catch(() => {})))
      await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})))
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    })
  }

  /** As WebP, which Playwright does not ask for: half as large as a JPEG whose letters are as sharp. */
  private async shoot() {
    this.session ??= await this.page.context().newCDPSession(this.page)
    const { data } = await this.session.send('Page.captureScreenshot', { format: 'webp', quality: 20 })
    return Buffer.from(data, 'base64')
  }
}

/** A browser of somebody's own, where nothing moves and the clock shows UTC. */
export async function camera(browser: Browser, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({
    baseURL: shop_url(),
    locale: 'en-US',
    timezoneId: 'UTC',
    viewport: widths.wide,
    reducedMotion: 'reduce',
    ...options,
  })
  return new Camera(await context.newPage())
}

/** Begins with an empty folder. */
export async function empty_folder() {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
}

/** The pictures that are there. */
export const taken = () => readdir(folder)
