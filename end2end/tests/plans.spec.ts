// Plans: begun, changed and ended by a person in a browser. What the calendar does to them is tried
// without one.

import { type Page } from '@playwright/test'
import { type Shop, cards, expect, new_account, test } from '../shop'

/** A bank that asks each time, also when it knows the card. */
const always_asks = '4000002760003184'

const plans = {
  basic: { name: 'Basic', credits: 100, price: '$9.00' },
  pro: { name: 'Pro', credits: 1600, price: '$99.00' },
}
type Plan = keyof typeof plans

/** Chooses a plan on the start page; ends on its checkout. */
async function choose(page: Page, shop: Shop, plan: Plan) {
  await page.goto('/')
  await page.getByRole('button', { name: `Choose ${plans[plan].name}`, exact: true }).click()
  await page.waitForURL(/\/checkout\//)
  return shop.open_checkout()
}

async function subscribe(page: Page, shop: Shop, plan: Plan, card = cards.pays) {
  const { transaction } = await choose(page, shop, plan)
  await shop.pay_with(card)
  if (card !== cards.pays) await shop.challenge('Complete')
  await shop.arrive(transaction)
  await shop.expect_settled(plans[plan].credits)
}

/** Goes to the page that says what another plan costs. */
async function look_at(page: Page, plan: Plan) {
  await page.goto('/account')
  await page.getByRole('link', { name: 'Change or cancel the plan' }).click()
  await page.waitForURL('**/account/plan')
  await page.getByRole('link', { name: `Switch to ${plans[plan].name}`, exact: true }).click()
  await page.waitForURL(/\/account\/plan\/change/)
}

test('a plan with a card that asks nothing', async ({ page, shop }) => {
  await shop.sign_up()
  await choose(page, shop, 'basic')
  await expect(shop.pay_button()).toHaveText(`Pay ${plans.basic.price}`)
  await expect(page.getByText('Each month')).toBeVisible()
  await shop.pay_with(cards.pays)
  await shop.expect_settled(plans.basic.credits)
  await shop.expect_balance(plans.basic.credits)
  await expect(page.getByText('Renews on')).toBeVisible()
  await page.goto('/')
  await expect(page.getByText('Your plan', { exact: true })).toBeVisible()
})

test('a visitor picks a plan first, signs up, and is led to its payment', async ({ page, shop }) => {
  await page.goto('/')
  await page.getByRole('link', { name: 'Choose Basic', exact: true }).click()
  await page.waitForURL(/\/sign-up/)
  await shop.fill_in(new_account())
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.waitForURL('**/plans/basic')
  await page.getByRole('button', { name: 'Continue to payment' }).click()
  await page.waitForURL(/\/checkout\//)
  await expect(shop.pay_button()).toHaveText(`Pay ${plans.basic.price}`)
})

test('a plan with 3-D Secure on the page', async ({ page, shop }) => {
  await shop.sign_up()
  await subscribe(page, shop, 'basic', cards.asks)
  await shop.expect_balance(plans.basic.credits)
})

test('a saved card begins a plan, and the bank may ask', async ({ page, shop }) => {
  await shop.sign_up()
  await page.goto('/account/cards/add')
  await shop.enter_card(cards.asks)
  await page.getByRole('button', { name: 'Save card' }).click()
  await shop.challenge('Complete')
  await expect(page.getByRole('heading', { name: 'Your card is saved' })).toBeVisible()
  await choose(page, shop, 'basic')
  await expect(page.getByRole('radio', { name: 'Visa ending in 3220' })).toBeChecked()
  await shop.pay_button().click()
  await shop.challenge('Complete')
  await shop.expect_settled(plans.basic.credits)

  // It pays the plan, so it stays for as long as there is no other.
  await page.goto('/account')
  await expect(page.locator('.cards li')).toContainText('Default')
  await page.getByRole('link', { name: 'Remove Visa ending in 3220' }).click()
  await expect(page.getByText('Your plan is paid with it.')).toBeVisible()
})

test('a code lowers the first payment', async ({ page, shop }) => {
  await shop.sign_up()
  await choose(page, shop, 'basic')
  // The plan has been begun at the gateway: it is begun anew.
  await shop.card_number()
  await page.getByText('Have a code?').click()
  await page.getByLabel('Code', { exact: true }).fill('firstmonth')
  await page.getByRole('button', { name: 'Apply' }).click()
  await expect(shop.pay_button()).toHaveText('Pay $4.50')
  await expect(page.getByText('$9.00 a month')).toBeVisible()
  await shop.card_number()
  await shop.pay_with(cards.pays)
  await shop.expect_settled(plans.basic.credits)
  await expect(page.getByText('$4.50').first()).toBeVisible()
})

test('a declined card, then one that pays', async ({ page, shop }) => {
  await shop.sign_up()
  const { transaction, address } = await choose(page, shop, 'basic')
  await shop.pay_with(cards.declined)
  await shop.expect_alert(/declined/i)
  expect(page.url()).toBe(address)
  await shop.pay_with(cards.pays)
  await shop.arrive(transaction)
  await shop.expect_settled(plans.basic.credits)
})

test('a bigger plan at once, at the price that was shown', async ({ page, shop }) => {
  await shop.sign_up()
  await subscribe(page, shop, 'basic')
  await look_at(page, 'pro')
  const confirm = page.getByRole('button', { name: /^Switch to Pro and pay \$\d+\.\d\d$/ })
  await confirm.click()
  await shop.expect_settled(plans.pro.credits - plans.basic.credits)
  await shop.expect_balance(plans.pro.credits)
})

test('a bigger plan for which the bank asks', async ({ page, shop }) => {
  await shop.sign_up()
  await subscribe(page, shop, 'basic', always_asks)
  await look_at(page, 'pro')
  await page.getByRole('button', { name: /^Switch to Pro and pay/ }).click()
  await page.waitForURL(/\/checkout\//)
  await page.getByRole('button', { name: 'Continue with your bank' }).click()
  await shop.challenge('Complete')
  await shop.expect_settled(plans.pro.credits - plans.basic.credits)
  await shop.expect_balance(plans.pro.credits)
})

test('a smaller plan later, or not after all', async ({ page, shop }) => {
  await shop.sign_up()
  await subscribe(page, shop, 'pro')
  await look_at(page, 'basic')
  await page.getByRole('button', { name: 'Switch to Basic at the end of the period' }).click()
  await page.waitForURL('**/account/plan')
  await expect(page.getByText('Becomes Basic on')).toBeVisible()
  await page.getByRole('button', { name: 'Keep Pro as it is' }).click()
  await expect(page.getByText('Renews on')).toBeVisible()
  await shop.expect_balance(plans.pro.credits)
})

test('canceled with the period, kept, canceled now', async ({ page, shop }) => {
  await shop.sign_up()
  await subscribe(page, shop, 'basic')
  await page.goto('/account/plan')
  await page.getByRole('link', { name: 'Cancel the plan' }).click()
  await page.waitForURL('**/account/plan/cancel')
  await page.getByRole('button', { name: 'Cancel at the end of the period' }).click()
  await page.waitForURL('**/account/plan')
  await expect(page.getByText('Ends on')).toBeVisible()
  await page.getByRole('button', { name: 'Keep Basic as it is' }).click()
  await expect(page.getByText('Renews on')).toBeVisible()

  await page.goto('/account/plan/cancel')
  await expect(page.getByText('what is left of its credits runs out')).toBeVisible()
  await page.getByRole('button', { name: 'Cancel now' }).click()
  await page.waitForURL(/\/account(#plan)?$/)
  await expect(page.getByText('You have no plan.')).toBeVisible()
  await shop.expect_balance(0)
})
