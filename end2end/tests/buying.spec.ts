// Buying a pack: cards that pay, that ask, that refuse, and people in a hurry.

import { type Locator, type Page } from '@playwright/test'
import { Shop, cards, expect, new_account, packs, test } from '../shop'

test('a card that asks nothing', async ({ shop }) => {
  await shop.sign_up()
  const { transaction } = await shop.order('starter')
  await shop.pay_with(cards.pays)
  await shop.arrive(transaction)
  await shop.expect_settled(50)
  await shop.expect_balance(50)
})

test('a visitor picks a pack first, signs up, and is led to its payment', async ({ page, shop }) => {
  await page.goto('/')
  await page.getByRole('link', { name: 'Buy Standard', exact: true }).click()
  await page.waitForURL(/\/sign-up/)
  await shop.fill_in(new_account())
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.waitForURL('**/buy/standard')
  await page.getByRole('button', { name: 'Continue to payment' }).click()
  await page.waitForURL(/\/checkout\//)
  await expect(shop.pay_button()).toHaveText(`Pay ${packs.standard.price}`)
  await shop.pay_with(cards.pays)
  await shop.expect_settled(250)
})

test('3-D Secure, completed', async ({ shop }) => {
  await shop.sign_up()
  const { transaction } = await shop.order('starter')
  await shop.pay_with(cards.asks)
  await shop.challenge('Complete')
  await shop.arrive(transaction)
  await shop.expect_settled(50)
  await shop.expect_balance(50)
})

test('3-D Secure failed, then another card', async ({ shop }) => {
  await shop.sign_up()
  const { transaction } = await shop.order('starter')
  await shop.pay_with(cards.asks)
  await shop.challenge('Fail')
  await shop.expect_alert(/authenticat|confirm|verif|bank/i)
  await shop.pay_with(cards.pays)
  await shop.arrive(transaction)
  await shop.expect_settled(50)
  await shop.expect_balance(50)
})

for (const [card, why] of [
  ['declined', /declined/i],
  ['insufficient', /insufficient|not enough/i],
] as const) {
  test(`a card that is ${card}, then one that pays`, async ({ page, shop }) => {
    await shop.sign_up()
    const { transaction, address } = await shop.order('starter')
    await shop.pay_with(cards[card])
    await shop.expect_alert(why)
    expect(page.url()).toBe(address)
    expect((await shop.transaction(transaction)).settled).toBe(false)

    // Whoever comes back later can try another card as well.
    await page.reload()
    await shop.pay_with(cards.pays)
    await shop.arrive(transaction)
    await shop.expect_settled(50)
    await shop.expect_balance(50)
  })
}

test('a double click on Pay pays once', async ({ page, shop }) => {
  await shop.sign_up()
  const { transaction } = await shop.order('starter')
  const confirmations: string[] = []
  page.on('request', (request) => {
    if (request.method() === 'POST' && /payment_intents\/[^/]+\/confirm/.test(request.url()))
      confirmations.push(request.url())
  })
  await shop.enter_card(cards.pays)
  await shop.pay_button().dblclick()
  await shop.arrive(transaction)
  await shop.expect_settled(50)
  expect(confirmations).toHaveLength(1)
  await shop.expect_balance(50)
})

test('a double click on a pack sells it once', async ({ page, shop }) => {
  await shop.sign_up()
  await page.goto('/')
  await page.getByRole('button', { name: 'Buy Starter', exact: true }).dblclick()
  // Not waitForURL: the second click breaks off the first one's way there.
  await expect(page).toHaveURL(/\/checkout\//)
  await shop.pay_with(cards.pays)
  await shop.expect_settled(50)
  await shop.expect_balance(50)
})

test('two tabs pay one order', async ({ context, shop }) => {
  await shop.sign_up()
  const { transaction, address } = await shop.order('starter')
  const second = new Shop(await context.newPage())
  await second.page.goto(address)
  await shop.enter_card(cards.pays)
  await second.enter_card(cards.pays)
  await Promise.all([shop.pay_button().click(), second.pay_button().click()])
  await Promise.all([shop.arrive(transaction), second.arrive(transaction)])
  await Promise.all([shop.expect_settled(50), second.expect_settled(50)])
  await shop.expect_balance(50)
})

test('the way back from a paid order shows that it is paid', async ({ page, shop }) => {
  await shop.sign_up()
  const { transaction, address } = await shop.buy('starter')
  // The checkout left no trace in the history: back leads to the packs, not to a dead form.
  await page.goBack()
  await page.waitForURL((url) => url.pathname === '/')
  await page.goto(address)
  await shop.arrive(transaction)
  await shop.expect_balance(50)
})

test('with the keyboard alone', async ({ page, shop }) => {
  await shop.sign_up()
  await page.goto('/')
  await tab_to(page, page.getByRole('button', { name: 'Buy Starter', exact: true }))
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/checkout\//)
  const { transaction } = await shop.open_checkout()

  await tab_to(page, await shop.card_number())
  await page.keyboard.type(cards.asks)
  await tab_to(page, await shop.expiry())
  await page.keyboard.type('1234')
  await tab_to(page, await shop.security_code())
  await page.keyboard.type('123')
  await tab_to(page, shop.pay_button())
  await page.keyboard.press('Enter')

  await tab_to(page, await shop.in_gateway((frame) => frame.getByRole('button', { name: 'Complete' })))
  await page.keyboard.press('Enter')
  await shop.arrive(transaction)
  await shop.expect_settled(50)
})

async function tab_to(page: Page, target: Locator) {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await target.evaluate((it) => document.hasFocus() && document.activeElement === it)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`60 presses of Tab do not reach ${target}`)
}
