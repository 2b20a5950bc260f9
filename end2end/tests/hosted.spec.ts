// Paying on the gateway's own page: there and back, and what happens when somebody does not come back.

import AxeBuilder from '@axe-core/playwright'
import { type Page } from '@playwright/test'
import { type Shop, cards, expect, sandbox_url, test, without_script } from '../shop'

/** Goes from the checkout to the gateway's page. */
async function go(page: Page, name = /^Pay on the provider.s page$/) {
  await page.getByRole('button', { name }).click()
  await page.waitForURL((url) => url.href.startsWith(`${sandbox_url()}/c/pay/`))
}

async function pay(shop: Shop, number: string) {
  await shop.enter_card(number)
  await shop.pay_button().click()
}

async function expect_accessible(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)).toEqual([])
}

test('there and back', async ({ page, shop }) => {
  await shop.sign_up()
  const { transaction } = await shop.order('starter')
  await go(page)
  await pay(shop, cards.pays)
  await shop.arrive(transaction)
  await shop.expect_settled(50)
  await shop.expect_balance(50)
})

test.describe('without JavaScript', () => {
  test.use(without_script)

  test('the button leads there', async ({ page, shop }) => {
    await shop.sign_up()
    await shop.order('starter')
    await go(page)
    await expect(page.getByRole('heading', { name: 'Pay $5.00' })).toBeVisible()
  })
})

test('the customer never comes back', async ({ page, shop, request }) => {
  await shop.sign_up()
  const { transaction } = await shop.order('starter')
  const fault = { fault: 'never_return', times: 1, metadata: { transaction } }
  const added = await request.post(`${sandbox_url()}/control/checkout-faults`, { data: fault })
  expect(added.ok(), await added.text()).toBe(true)
  await go(page)
  await pay(shop, cards.pays)
  await expect(page.getByRole('heading', { name: 'Thank you' })).toBeVisible()
  const settled = await shop.transaction(transaction, '?awaitStatus=succeeded&timeout=10')
  expect(settled.settled).toBe(true)
  await shop.expect_balance(50)
})

test('the bank asks on the page', async ({ page, shop }) => {
  await shop.sign_up()
  const { transaction } = await shop.order('starter')
  await go(page)
  await pay(shop, cards.asks)
  await shop.challenge('Complete')
  await shop.arrive(transaction)
  await shop.expect_settled(50)
})

test('a declined card, a reload in the middle, then one that pays', async ({ page, shop }) => {
  await shop.sign_up()
  const { transaction } = await shop.order('starter')
  await go(page)
  await pay(shop, cards.declined)
  await shop.expect_alert(/declined/i)
  await page.reload()
  await pay(shop, cards.pays)
  await shop.arrive(transaction)
  await shop.expect_settled(50)
  await shop.expect_balance(50)
})

test('back without paying, and then by card', async ({ page, shop }) => {
  await shop.sign_up()
  const { transaction, address } = await shop.order('starter')
  await go(page)
  await page.getByRole('link', { name: 'Back without paying' }).click()
  await page.waitForURL(address)
  await expect(page.getByRole('heading', { name: /^Open on the provider.s page$/ })).toBeVisible()
  await expect_accessible(page)
  await go(page, /^Continue on the provider.s page$/)
  await page.goto(address)
  await page.getByRole('button', { name: 'Pay by card here instead' }).click()
  await pay(shop, cards.pays)
  await shop.arrive(transaction)
  await shop.expect_settled(50)
  await shop.expect_balance(50)
})

test('card fields in one tab, the page in another: one of them pays', async ({ page, shop, context }) => {
  await shop.sign_up()
  const { transaction, address } = await shop.order('starter')
  await shop.enter_card(cards.pays)
  const other = await context.newPage()
  await other.goto(address)
  await go(other)
  // These fields were given up: their tab learns it when it tries.
  await shop.pay_button().click()
  await expect(page.getByRole('heading', { name: /^Open on the provider.s page$/ })).toBeVisible()
  const { status } = await shop.transaction(transaction)
  expect(status).toBe('created')
  await go(page, /^Continue on the provider.s page$/)
  await pay(shop, cards.pays)
  await shop.expect_settled(50)
  await shop.expect_balance(50)
})

test('money that takes days', async ({ page, shop, request }) => {
  await shop.sign_up()
  const { transaction } = await shop.order('starter')
  await go(page)
  await page.getByRole('radio', { name: 'Bank debit' }).check()
  await shop.pay_button().click()
  await shop.arrive(transaction)
  await expect(page.getByRole('heading', { name: 'Your payment is on its way' })).toBeVisible()
  await expect(page.getByText(/from a bank account a few days/)).toBeVisible()
  await expect_accessible(page)

  // Then it comes, while the customer looks on.
  const { gateway } = await shop.transaction(transaction)
  const payment = `${sandbox_url()}/control/payment_intents/${gateway!.reference}`
  const came = await request.post(payment, { data: { status: 'succeeded' } })
  expect(came.ok(), await came.text()).toBe(true)
  await shop.expect_settled(50)
})
