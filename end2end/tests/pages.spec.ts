// What holds for every page: people with other eyes, hands, screens and
// browsers can use it, and it loads nothing that it does not need.

import { type Browser, type BrowserContext, type Page } from '@playwright/test'
import { expect_accessible, expect_contrast } from '../accessible'
import { Shop, cards, expect, packs, sandbox_url, shop_url, test as shop_test, without_script } from '../shop'

type Visit = {
  /** Signed in, with a paid order, an open one and a picture. */
  customer: Awaited<ReturnType<BrowserContext['storageState']>>
  staff: Awaited<ReturnType<BrowserContext['storageState']>>
  paid: string
  checkout: string
  picture: string
}

// Made once for each process that runs tests.
const test = shop_test.extend<{}, { visit: Visit }>({
  visit: [async ({ browser }, use) => use(await prepare(browser)), { scope: 'worker' }],
})

type Description = {
  name: string
  as?: 'customer' | 'staff'
  path: (visit: Visit) => string
  /** When it is complete, where that is later than its load. */
  complete?: (page: Page) => Promise<unknown>
}

const checkout: Description = {
  name: 'checkout',
  as: 'customer',
  path: (visit) => visit.checkout,
  complete: async (page) => {
    const shop = new Shop(page)
    await shop.card_number()
    // Its button can be pressed a moment later, and changes its colour with that.
    await expect(shop.pay_button()).toBeEnabled()
  },
}

const pages: Description[] = [
  { name: 'plans and packs', path: () => '/' },
  { name: 'plans and packs, signed in', as: 'customer', path: () => '/' },
  { name: 'sign-up', path: () => '/sign-up' },
  { name: 'sign-in', path: () => '/sign-in' },
  { name: 'forgotten password', path: () => '/forgot' },
  { name: 'changing the address', as: 'customer', path: () => '/account/email' },
  { name: 'changing the password', as: 'customer', path: () => '/account/password' },
  { name: 'closing the account', as: 'customer', path: () => '/account/close' },
  { name: 'confirming an order', as: 'customer', path: () => '/buy/starter' },
  { name: 'confirming a plan', as: 'customer', path: () => '/plans/basic' },
  checkout,
  {
    name: 'transaction',
    as: 'customer',
    path: (visit) => visit.paid,
    complete: (page) => new Shop(page).expect_settled(packs.starter.credits),
  },
  { name: 'account', as: 'customer', path: () => '/account' },
  { name: 'studio', as: 'customer', path: () => '/studio' },
  { name: 'picture', as: 'customer', path: (visit) => visit.picture },
  { name: 'staff: overview', as: 'staff', path: () => '/admin' },
  { name: 'the API', path: () => '/docs' },
  { name: 'not found', path: () => '/no/such/page' },
]

// Where something moves. The desk has a script of its own, and no WASM.
const moving = ['checkout', 'transaction', 'account', 'staff: overview']

for (const description of pages) {
  const still = !moving.includes(description.name)
  test(`${description.name}: readable, steady and narrow enough${still ? ', without a script' : ''}`, async ({ browser, visit }, info) => {
    const loaded: string[] = []
    const { page, close } = await open(browser, description, visit, info.project.use, (page) =>
      page.on('request', (request) => loaded.push(new URL(request.url()).pathname)),
    )

    const shift = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          let sum = 0
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[]) sum += entry.value
          }).observe({ type: 'layout-shift', buffered: true })
          setTimeout(() => resolve(sum), 300)
        }),
    )
    expect.soft(shift, 'layout shift').toBeLessThan(0.1)
    const scripts = loaded.filter((path) => /\.(wasm|js|mjs)$/.test(path))
    if (still) expect.soft(scripts, 'scripts').toEqual([])

    await expect_accessible(page)
    await page.emulateMedia({ colorScheme: 'dark' })
    if (description.complete) {
      // The gateway's fields are told their colours when they are made.
      await page.reload()
      await description.complete(page)
    }
    await expect_contrast(page)
    await close()
  })
}

test('an unknown address says so, and leads home', async ({ page, shop }) => {
  await shop.sign_up()
  for (const path of ['/no/such/page', '/transactions/nonsense', '/checkout/nonsense', '/buy/nonsense']) {
    expect((await page.goto(path))!.status(), path).toBe(404)
    await expect(page.getByRole('main').getByRole('link').first()).toBeVisible()
  }
})

test('every link in the description of the API leads to a place on it', async ({ page }) => {
  await page.goto('/docs')
  const targets = await page.locator('main a[href^="#"]').evaluateAll((all) => all.map((a) => a.getAttribute('href')!))
  expect(targets.length).toBeGreaterThan(50)
  for (const target of new Set(targets)) await expect(page.locator(target), target).toHaveCount(1)
})

test.describe('without JavaScript', () => {
  test.use(without_script)

  test('the checkout says what is missing, and the rest works', async ({ page, shop }) => {
    await shop.sign_up()
    await shop.order('starter')
    await expect(page.getByText(/JavaScript/).first()).toBeVisible()
    await expect(page.getByRole('main')).toContainText(packs.starter.price)
    await shop.expect_balance(0)
  })
})

// Card data is typed on this page: no script may run on it that is not known here.
test('the checkout runs the scripts of this list and no others', async ({ browser, visit }, info) => {
  const known = [
    new RegExp(`^${shop_url()}/pkg/tender(\\.[\\w-]+)?\\.(js|wasm)$`),
    new RegExp(`^${sandbox_url()}/(clover/)?stripe\\.js$`),
  ]
  const loaded = new Set<string>()
  const { page, close } = await open(browser, checkout, visit, info.project.use, (page) =>
    page.on('request', (request) => {
      const { pathname } = new URL(request.url())
      const is_script = request.resourceType() === 'script' || /\.(js|mjs|wasm)$/.test(pathname)
      if (is_script && request.frame() === page.mainFrame()) loaded.add(request.url().split('?')[0]!)
    }),
  )
  expect([...loaded].filter((url) => !known.some((pattern) => pattern.test(url)))).toEqual([])
  for (const pattern of known) expect([...loaded].some((url) => pattern.test(url)), `${pattern} is loaded`).toBe(true)

  const inline = await page.evaluate(() => [...document.scripts].filter((it) => !it.src && !it.nonce).length)
  expect(inline, 'inline scripts without a nonce').toBe(0)
  await close()

  // Unknown scripts do not run, whoever writes them into the page.
  const again = await open(browser, checkout, visit, info.project.use)
  const refused = await again.page.evaluate(async () => {
    const violations: string[] = []
    document.addEventListener('securitypolicyviolation', (event) => violations.push(event.blockedURI))
    const inline = document.createElement('script')
    inline.textContent = 'window.intruder = true'
    const far = document.createElement('script')
    far.src = 'https://skimmer.example/skim.js'
    document.head.append(inline, far)
    await new Promise((resolve) => setTimeout(resolve, 300))
    return { violations, ran: 'intruder' in window }
  })
  expect(refused).toEqual({ violations: ['inline', 'https://skimmer.example/skim.js'], ran: false })
  await again.close()
})

async function open(
  browser: Browser,
  description: Description,
  visit: Visit,
  options: Parameters<Browser['newContext']>[0] = {},
  watch: (page: Page) => unknown = () => {},
) {
  const context = await browser.newContext({
    ...options,
    baseURL: shop_url(),
    storageState: description.as && visit[description.as],
  })
  const page = await context.newPage()
  watch(page)
  await page.goto(description.path(visit), { waitUntil: 'load' })
  await description.complete?.(page)
  return { page, close: () => context.close() }
}

async function prepare(browser: Browser): Promise<Visit> {
  const context = await browser.newContext({ baseURL: shop_url() })
  const shop = new Shop(await context.newPage())
  await shop.sign_up()
  await shop.order('starter')
  await shop.pay_with(cards.pays)
  await shop.expect_settled(packs.starter.credits)
  const paid = path_of(shop.page)
  await shop.make_picture()
  await shop.page.waitForURL(/\/studio\/.+/)
  const picture = path_of(shop.page)
  await shop.order('standard')
  const checkout = path_of(shop.page)
  const customer = await context.storageState()
  await context.close()

  const office = await browser.newContext({ baseURL: shop_url() })
  const owner = new Shop(await office.newPage())
  await owner.enter_desk()
  const staff = await office.storageState()
  await office.close()
  return { customer, staff, paid, checkout, picture }
}

function path_of(page: Page) {
  return new URL(page.url()).pathname
}
