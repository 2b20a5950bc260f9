// Saved cards: added, paid with, put in order, removed.

import { type Page } from '@playwright/test'
import { Shop, cards, expect, test } from '../shop'

const visa = 'Visa ending in 4242'
const asks = 'Visa ending in 3220'

async function add_card(shop: Shop, number: string) {
  await shop.page.goto('/account/cards/add')
  await shop.enter_card(number)
  await shop.page.getByRole('button', { name: 'Save card' }).click()
}

async function expect_saved(page: Page) {
  await page.waitForURL(/\/transactions\//, { waitUntil: 'commit' })
  await expect(page.getByRole('heading', { name: 'Your card is saved' })).toBeVisible()
}

const listed = (page: Page) => page.locator('.cards li')

test('a card is added', async ({ page, shop }) => {
  await shop.sign_up()
  await page.goto('/account')
  await page.getByRole('link', { name: 'Add a card' }).click()
  await add_card(shop, cards.pays)
  await expect_saved(page)
  await page.getByRole('link', { name: 'See your cards' }).click()
  await expect(listed(page)).toHaveCount(1)
  await expect(listed(page)).toContainText(visa)
  await expect(listed(page)).toContainText('Default')
  await shop.expect_balance(0)
})

test('the bank asks before it agrees', async ({ page, shop }) => {
  await shop.sign_up()
  await add_card(shop, cards.asks)
  await shop.challenge('Fail')
  await shop.expect_alert(/authenticat|confirm|bank/i)
  await shop.enter_card(cards.asks)
  await page.getByRole('button', { name: 'Save card' }).click()
  await shop.challenge('Complete')
  await expect_saved(page)
})

test('a declined card, then another', async ({ page, shop }) => {
  await shop.sign_up()
  await add_card(shop, cards.declined)
  await shop.expect_alert(/declined/i)
  await shop.enter_card(cards.pays)
  await page.getByRole('button', { name: 'Save card' }).click()
  await expect_saved(page)
})

test('a saved card pays, and the bank may ask', async ({ page, shop }) => {
  await shop.sign_up()
  await add_card(shop, cards.asks)
  await shop.challenge('Complete')
  await expect_saved(page)

  await shop.order('starter')
  await expect(page.getByRole('radio', { name: asks })).toBeChecked()
  await shop.pay_button().click()
  await shop.challenge('Complete')
  await shop.expect_settled(50)
  await shop.expect_balance(50)
})

test('a saved card pays with one click, however often it is pressed', async ({ page, shop }) => {
  await shop.sign_up()
  await add_card(shop, cards.pays)
  await expect_saved(page)
  await shop.order('starter')
  await shop.pay_button().dblclick()
  await shop.expect_settled(50)
  await shop.expect_balance(50)
})

test('another card pays, and is kept', async ({ page, shop }) => {
  await shop.sign_up()
  await shop.order('starter')
  await shop.enter_card(cards.pays)
  await page.getByLabel('Save this card for next time').check()
  await shop.pay_button().click()
  await shop.expect_settled(50)

  await shop.order('starter')
  await expect(page.getByRole('radio', { name: visa })).toBeChecked()
  await page.getByRole('radio', { name: 'Another card' }).check()
  await shop.enter_card(cards.asks)
  await shop.pay_button().click()
  await shop.challenge('Complete')
  await shop.expect_settled(50)
  await page.goto('/account')
  await expect(listed(page)).toHaveCount(1)
})

test('with the keyboard, a saved card is chosen and pays', async ({ page, shop }) => {
  await shop.sign_up()
  await add_card(shop, cards.pays)
  await expect_saved(page)
  await shop.order('starter')
  await page.getByRole('radio', { name: visa }).focus()
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('radio', { name: 'Another card' })).toBeChecked()
  await shop.card_number()
  await page.getByRole('radio', { name: 'Another card' }).focus()
  await page.keyboard.press('ArrowUp')
  await expect(page.getByRole('radio', { name: visa })).toBeChecked()
  await expect(shop.pay_button()).toBeEnabled()
  await shop.pay_button().press('Enter')
  await shop.expect_settled(50)
})

test('a card chosen before the page is alive stays chosen', async ({ page, shop }) => {
  await shop.sign_up()
  await add_card(shop, cards.pays)
  await expect_saved(page)
  let come_alive = () => {}
  const alive = new Promise<void>((resolve) => (come_alive = resolve))
  await page.route('**/*.wasm', async (route) => {
    await alive
    await route.continue()
  })
  await shop.order('starter')
  await expect(page.getByRole('radio', { name: visa })).toBeChecked()
  await page.getByRole('radio', { name: 'Another card' }).check()
  come_alive()
  await shop.enter_card(cards.pays)
  await expect(page.getByRole('radio', { name: 'Another card' })).toBeChecked()
  await shop.pay_button().click()
  await shop.expect_settled(50)
})

test('cards are put in order, and removed after a question', async ({ page, shop }) => {
  await shop.sign_up()
  await add_card(shop, cards.pays)
  await expect_saved(page)
  await add_card(shop, cards.asks)
  await shop.challenge('Complete')
  await expect_saved(page)

  await page.goto('/account')
  await page.getByRole('button', { name: `Make default ${asks}` }).click()
  await expect(listed(page).first()).toContainText(asks)
  await page.getByRole('link', { name: `Remove ${asks}` }).click()
  await expect(page.getByRole('heading', { name: `Remove ${asks}?` })).toBeVisible()
  await page.getByRole('link', { name: 'Keep it' }).click()
  await expect(listed(page)).toHaveCount(2)
  await page.getByRole('link', { name: `Remove ${asks}` }).click()
  await page.getByRole('button', { name: 'Remove card' }).click()
  await expect(listed(page)).toHaveCount(1)
  await expect(listed(page)).toContainText(visa)
  await expect(listed(page)).toContainText('Default')
})
