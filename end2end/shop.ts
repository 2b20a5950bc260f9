// The shop as a customer sees it: one method for each thing that a person does.

import { type APIRequestContext, type Frame, type Locator, type Page, expect, test as base } from '@playwright/test'
import { start_shop } from './server'

export { expect }

export const shop_url = () => setting('SHOP_URL')
export const sandbox_url = () => setting('SANDBOX_URL')

function setting(name: string) {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: the shop is started by server.ts`)
  return value
}

export const cards = {
  pays: '4242424242424242',
  asks: '4000000000003220',
  declined: '4000000000000002',
  insufficient: '4000000000009995',
  disputed: '4000000000000259',
}

/**
 * Options of a browser that runs no script. It asks for less motion, too: a click that meets the
 * change of pages is tried again, and Playwright waits for that with a timer of the page.
 */
export const without_script = {
  javaScriptEnabled: false,
  contextOptions: { reducedMotion: 'reduce' },
} as const

export const packs = {
  starter: { name: 'Starter', credits: 50, price: '$5.00' },
  standard: { name: 'Standard', credits: 250, price: '$20.00' },
  studio: { name: 'Studio', credits: 1000, price: '$60.00' },
}
export type Pack = keyof typeof packs

export const picture_price = 5

export type Account = { email: string; password: string }

let accounts = 0

export function new_account(): Account {
  accounts += 1
  return { email: `c${process.pid}-${Date.now()}-${accounts}@example.com`, password: 'correct horse battery 9' }
}

export class Shop {
  constructor(readonly page: Page) {}

  // People

  async sign_up(account = new_account(), next?: string) {
    await this.page.goto(next ? `/sign-up?next=${encodeURIComponent(next)}` : '/sign-up')
    await this.fill_in(account)
    await this.page.getByRole('button', { name: 'Create account' }).click()
    await this.page.waitForURL((url) => !url.pathname.startsWith('/sign-up'))
    return account
  }

  async sign_in(account: Account) {
    await this.page.goto('/sign-in')
    await this.fill_in(account)
    await this.page.getByRole('main').getByRole('button', { name: 'Sign in' }).click()
    await this.page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
  }

  /** Signs the owner in at the desk. The sandbox lets them skip the second factor. */
  async enter_desk() {
    await this.sign_in({ email: 'owner@tender.example', password: setting('OWNER_PASSWORD') })
    await this.page.goto('/admin/security')
    await this.page.getByRole('button', { name: 'Skip it, in the sandbox only' }).click()
    await this.page.waitForURL((url) => url.pathname === '/admin')
  }

  async fill_in({ email, password }: Account) {
    await this.page.getByLabel('Email').fill(email)
    await this.page.getByLabel('Password').fill(password)
  }

  async expect_balance(credits: number) {
    await this.page.goto('/account')
    await expect(this.page.getByTestId('balance')).toHaveText(exactly(credits))
  }

  // Buying

  /** Orders a pack; ends on its checkout. */
  async order(pack: Pack) {
    await this.page.goto('/')
    await this.page.getByRole('button', { name: `Buy ${packs[pack].name}`, exact: true }).click()
    await this.page.waitForURL(/\/checkout\//)
    return this.open_checkout()
  }

  /** What the checkout before us is about. */
  async open_checkout() {
    const transaction = await this.page.locator('[data-transaction]').first().getAttribute('data-transaction')
    return { transaction: transaction!, address: this.page.url() }
  }

  pay_button() {
    return this.page.getByRole('button', { name: /^Pay \$/ })
  }

  card_number = () => this.in_gateway((frame) => frame.getByLabel('Card number'))
  expiry = () => this.in_gateway((frame) => frame.getByLabel(/^(Expiry|Expiration date)/))
  security_code = () => this.in_gateway((frame) => frame.getByLabel(/^(CVC|Security code)/))

  async enter_card(number: string) {
    await (await this.card_number()).fill(number)
    await (await this.expiry()).fill('12 / 34')
    await (await this.security_code()).fill('123')
  }

  async pay_with(number: string) {
    await this.enter_card(number)
    await this.pay_button().click()
  }

  /** Answers the bank's question. */
  async challenge(answer: 'Complete' | 'Fail') {
    await (await this.in_gateway((frame) => frame.getByRole('button', { name: answer }))).click()
  }

  /** Orders a pack and pays with a card that asks no questions. */
  async buy(pack: Pack) {
    const order = await this.order(pack)
    await this.pay_with(cards.pays)
    await this.expect_settled(packs[pack].credits)
    return order
  }

  // Waiting

  async arrive(transaction: string) {
    await this.page.waitForURL(`**/transactions/${transaction}`, { waitUntil: 'commit' })
  }

  /** The transaction's page says that the credits are there, and it is true. */
  async expect_settled(credits: number, within_ms = 10_000) {
    await this.page.waitForURL(/\/transactions\//, { waitUntil: 'commit' })
    const done = new RegExp(`${exactly(credits).source}credits are in your account`)
    await expect(this.page.getByText(done).first()).toBeVisible({ timeout: within_ms })
    const root = this.page.locator('[data-settled]').first()
    await expect(root).toHaveAttribute('data-status', 'succeeded')
    await expect(root).toHaveAttribute('data-settled', 'true')
  }

  async expect_alert(text: RegExp) {
    await expect(this.page.getByRole('alert').filter({ hasText: text })).toBeVisible()
  }

  /** The transaction as the API tells it to the signed-in customer. */
  async transaction(id: string, query = ''): Promise<Transaction> {
    const answer = await this.page.request.get(`/v1/transactions/${id}${query}`)
    expect(answer.status(), await answer.text()).toBe(200)
    return answer.json()
  }

  // Spending

  async make_picture(words = 'A lighthouse in the fog') {
    await this.page.goto('/studio')
    await this.page.getByLabel('Words').fill(words)
    await this.page.getByRole('button', { name: 'Make a picture (5 credits)' }).click()
  }

  /**
   * What is found in whichever of the gateway's frames shows it: the card
   * fields and the bank's question each have their own.
   */
  async in_gateway(find: (frame: Frame) => Locator): Promise<Locator> {
    let found: Locator | undefined
    await expect(async () => {
      for (const frame of this.page.frames()) {
        if (!frame.url().startsWith(sandbox_url())) continue
        const candidate = find(frame)
        if (await candidate.isVisible()) found = candidate
      }
      expect(found, 'no frame of the gateway shows it').toBeDefined()
    }).toPass({ timeout: 15_000, intervals: [50, 100, 250] })
    return found!
  }
}

/** This amount as pages write it, `1,000`, and not the end of another. */
export function exactly(credits: number) {
  return new RegExp(`(?<![\\d,])${credits.toLocaleString('en-US')}(?![\\d,])\\s*`)
}

export type Transaction = {
  id: string
  kind: string
  status: string
  settled: boolean
  version: number
  credits: number
  gateway: { name: string; reference: string } | null
  failure: { code: string; message: string } | null
  timed_out: boolean
}

/** The gateway's other side, where it is told to misbehave. */
export class Sandbox {
  constructor(readonly request: APIRequestContext) {}

  /** What shall happen to the webhook that says this transaction succeeded. */
  async when_paid(transaction: string, fault: { fault: string; ms?: number; copies?: number; how?: string }) {
    const answer = await this.request.post(`${sandbox_url()}/control/webhook-faults`, {
      data: { type: 'payment_intent.succeeded', metadata: { transaction }, ...fault },
    })
    expect(answer.ok(), await answer.text()).toBe(true)
  }

  /** From now on the gateway fails to say how this payment stands. */
  async hide(transaction: string) {
    const answer = await this.request.post(`${sandbox_url()}/control/api-faults`, {
      data: { method: 'GET', path: '/v1/payment_intents/*', fault: 'fail', status: 500, metadata: { transaction } },
    })
    expect(answer.ok(), await answer.text()).toBe(true)
  }

  /** Moves the clock on until every plan there has come to its next renewal, and it was charged. */
  async pass_renewal() {
    const clock = `${sandbox_url()}/control/clock`
    const { next_renewal } = (await (await this.request.get(clock)).json()) as { next_renewal: number }
    await this.told('clock', { to: next_renewal + 2 * 3600 })
  }

  /** Moves the clock on. */
  async advance(seconds: number) {
    await this.told('clock', { advance_s: seconds })
  }

  /** How the bank answers the next renewal of the one customer there. */
  async fail_next_renewal(decline: string) {
    const [customer] = await this.list<{ id: string }>('customers')
    await this.told(`customers/${customer!.id}/next-renewal`, { decline })
  }

  /** What the gateway has of a kind, newest first: `invoices`. */
  async list<T>(what: string, params: Record<string, string | number> = {}): Promise<T[]> {
    const headers = { authorization: 'Bearer sk_test_sandbox' }
    const answer = await this.request.get(`${sandbox_url()}/v1/${what}`, { params, headers })
    expect(answer.ok(), await answer.text()).toBe(true)
    return ((await answer.json()) as { data: T[] }).data
  }

  private async told(path: string, data: object) {
    const answer = await this.request.post(`${sandbox_url()}/control/${path}`, { data })
    expect(answer.ok(), await answer.text()).toBe(true)
  }

  /** How often a webhook said that this payment succeeded, and was accepted. */
  async accepted(payment_intent: string): Promise<number> {
    const answer = await this.request.get(`${sandbox_url()}/control/deliveries`, {
      params: { payment_intent, type: 'payment_intent.succeeded', limit: 1000 },
    })
    expect(answer.ok(), await answer.text()).toBe(true)
    const { data } = (await answer.json()) as { data: { outcome: string }[] }
    return data.filter(({ outcome }) => outcome === 'delivered').length
  }
}

export const test = base.extend<{ shop: Shop; sandbox: Sandbox }>({
  baseURL: async ({}, use) => use(shop_url()),
  shop: async ({ page }, use) => use(new Shop(page)),
  sandbox: async ({ request }, use) => use(new Sandbox(request)),
})

/**
 * For tests that move the clock, which moves a whole shop: they get one that nobody else visits,
 * with a sandbox of its own. It lives as long as the process that runs them.
 */
export const test_alone = test.extend<object, { own_shop: void }>({
  own_shop: [
    async ({}, use) => {
      const { settings, stop } = await start_shop()
      Object.assign(process.env, settings)
      await use()
      await stop()
    },
    { scope: 'worker', auto: true, timeout: 60_000 },
  ],
})
