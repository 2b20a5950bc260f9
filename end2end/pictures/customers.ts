// What customers see: a visitor, somebody who has everything, and some who lack something.

import { type Browser, expect } from '@playwright/test'
import { link_in, mail_to } from '../mails'
import { Sandbox, cards, sandbox_url } from '../shop'
import { type Camera, camera } from './camera'

const password = 'correct horse battery 9'
export const ada = { email: 'ada.brandt@example.com', password }
const ben = { email: 'ben.okafor@example.com', password }
const cleo = { email: 'cleo.marchetti@example.com', password }
const dora = { email: 'dora.lindqvist@example.com', password }

const words = [
  'A harbour at dusk',
  'Mountains in winter',
  'A lighthouse in the fog',
  'Aurora over the peaks',
  'A quiet lake at dawn',
  'City at night',
]

export async function visitor(browser: Browser) {
  const by = await camera(browser)
  await by.visit('home', '/')
  await by.visit('sign-up', '/sign-up')
  await by.shop.fill_in({ ...ada, password: 'password' })
  await by.page.getByRole('button', { name: 'Create account' }).click()
  await expect(by.page.getByLabel('Password')).toHaveAttribute('aria-invalid', 'true')
  await by.take('sign-up-wrong')
  await by.visit('sign-in', '/sign-in')
  await by.visit('forgot', '/forgot')
  await by.visit('studio-visitor', '/studio')
  await by.visit('docs', '/docs')
  await by.visit('not-found', '/no/such/page')
  await by.page.context().close()
}

/** Buys a plan and packs, and makes pictures. Answers her payments. */
export async function customer(browser: Browser) {
  const by = await camera(browser)
  const { page, shop } = by
  await shop.sign_up(ada)
  await by.visit('confirm', link_in(await mail_to(ada.email, 'Welcome'), 'confirm'))
  await page.getByRole('button', { name: 'Yes, use it' }).click()
  await page.goto('/forgot')
  await page.getByLabel('Email').fill(ada.email)
  await page.getByRole('main').getByRole('button').click()
  await by.visit('reset', link_in(await mail_to(ada.email, 'Set a new password'), 'reset'))

  await by.visit('plan', '/plans/advanced')
  await page.getByRole('main').getByRole('button').click()
  await page.waitForURL(/\/checkout\//)
  const plan = await shop.open_checkout()
  await shop.pay_with(cards.pays)
  await shop.expect_settled(400)
  await by.visit('receipt-plan', `/transactions/${plan.transaction}/receipt`)
  await by.visit('home-member', '/', { at: page.locator('#plans') })
  await by.visit('account-plan', '/account/plan')
  await by.visit('account-plan-change', '/account/plan/change?to=pro')
  await by.visit('account-plan-cancel', '/account/plan/cancel')

  const pack = await buy(by)
  const debit = await pay_by_debit(by)
  await shop.order('starter')
  await shop.in_gateway((frame) => frame.getByLabel('Card number')).catch(() => {})
  await page.getByRole('button', { name: 'Cancel order' }).click()
  await page.waitForURL(/\/transactions\//)
  await by.take('transaction-canceled')

  for (const each of words) {
    await shop.make_picture(each)
    await page.waitForURL(/\/studio\/.+/)
  }
  await by.take('studio-picture')
  await by.visit('studio', '/studio')
  await account(by)
  return { pack: pack.transaction, debit }
}

/** A pack, with everything that can come in between. */
async function buy(by: Camera) {
  const { page, shop } = by
  const another = () => page.getByRole('radio', { name: 'Another card' }).check()
  await by.visit('buy', '/buy/standard')
  const order = await shop.order('standard')
  await by.take('checkout', { again: () => another().then(() => shop.enter_card(cards.asks)) })
  await by.take('checkout-declined', {
    again: async () => {
      await another()
      await shop.pay_with(cards.declined)
      await shop.expect_alert(/declined/i)
    },
  })
  const go_on = page.getByRole('button', { name: 'Continue with your bank' })
  await another().then(() => shop.pay_with(cards.asks))
  await shop.in_gateway((frame) => frame.getByRole('button', { name: 'Complete' }))
  await by.take('checkout-challenge', {
    again: async () => {
      await go_on.click()
      await shop.in_gateway((frame) => frame.getByRole('button', { name: 'Complete' }))
    },
  })
  await shop.challenge('Complete')
  await shop.expect_settled(250)
  await by.take('transaction-done')
  await by.visit('receipt', `/orders/${order.address.split('/').at(-1)}/receipt`)
  return order
}

/** Another one, with a code, on the page of the gateway, from a bank account. */
async function pay_by_debit(by: Camera) {
  const { page, shop } = by
  const { transaction, address } = await shop.order('studio')
  await page.getByText('Have a code?').click()
  await page.getByLabel('Code').fill('SPRING20')
  await page.getByRole('button', { name: 'Apply' }).click()
  await expect(page.getByText('SPRING20')).toBeVisible()
  await by.visit('checkout-code', address)
  await page.getByRole('button', { name: 'Pay on the provider' }).click()
  await page.waitForURL(`${sandbox_url()}/c/pay/*`)
  await by.visit('checkout-elsewhere', address)
  await page.getByRole('button', { name: 'Continue on the provider' }).click()
  await page.waitForURL(`${sandbox_url()}/c/pay/*`)
  await page.getByRole('radio', { name: 'Bank debit' }).check()
  await shop.pay_button().click()
  await shop.arrive(transaction)
  await expect(page.getByRole('heading', { name: 'Your payment is on its way' })).toBeVisible()
  await by.take('transaction-on-its-way')
  return transaction
}

async function account(by: Camera) {
  const { page, shop } = by
  await by.visit('account', '/account')
  await by.visit('account-statement', '/account', { at: page.locator('#statement') })
  await by.visit('account-email', '/account/email')
  await by.visit('account-password', '/account/password')
  await by.visit('account-close', '/account/close')
  await by.visit('account-card', '/account/cards/add', { again: () => shop.enter_card(cards.asks) })
  await page.getByRole('button', { name: 'Save card' }).click()
  await shop.challenge('Complete')
  await expect(page.getByRole('heading', { name: 'Your card is saved' })).toBeVisible()
  await page.goto('/account')
  await page.getByRole('link', { name: 'Remove Visa ending in 3220' }).click()
  await page.waitForURL(/\/remove$/)
  await by.take('account-card-remove')
}

/** Who has no credits, and whose bank doubts a payment. */
export async function others(browser: Browser) {
  const bens = await camera(browser)
  await bens.shop.sign_up(ben)
  await bens.visit('trial', '/trial', { again: () => bens.shop.card_number() })
  await bens.shop.make_picture('A ship that comes home')
  await bens.take('studio-run-out')

  const cleos = await camera(browser)
  await cleos.shop.sign_up(cleo)
  const { transaction } = await cleos.shop.order('starter')
  await cleos.shop.pay_with(cards.disputed)
  await cleos.shop.arrive(transaction)
  await expect(async () => {
    await cleos.page.goto('/account')
    await expect(cleos.page.getByText('50 credits frozen')).toBeVisible({ timeout: 500 })
  }).toPass()
}

/** Whose plan could not be renewed. Moves the clock of the gateway a month on, so it comes last. */
export async function behind(browser: Browser) {
  const by = await camera(browser)
  const { page, shop } = by
  const sandbox = new Sandbox(page.request)
  await shop.sign_up(dora)
  await page.goto('/')
  await page.getByRole('button', { name: 'Choose Basic', exact: true }).click()
  await page.waitForURL(/\/checkout\//)
  await shop.pay_with(cards.pays)
  await shop.expect_settled(100)
  await sandbox.fail_next_renewal('insufficient_funds')
  await sandbox.pass_renewal()
  const link = link_in(await mail_to(dora.email, 'Payment failed'), 'pay')
  await page.context().clearCookies()
  await shop.sign_in(dora)
  const another = page.getByRole('radio', { name: 'Another card' })
  await by.visit('pay', link, { again: () => another.check().then(() => shop.enter_card(cards.asks)) })
  await by.visit('account-behind', '/account')
}

export type Payments = Record<'pack' | 'debit', string>
