// Codes: credits for nothing, a lower price, and nothing to pay at all.

import { type Page } from '@playwright/test'
import { cards, expect, test, without_script } from '../shop'

/** Enters a code at the checkout before us. */
async function enter(page: Page, code: string) {
  const field = page.getByLabel('Code', { exact: true })
  if (!(await field.isVisible())) await page.getByText('Have a code?').click()
  await field.fill(code)
  await page.getByRole('button', { name: 'Apply' }).click()
}

test('a code brings credits at once, and once', async ({ page, shop }) => {
  await shop.sign_up()
  for (const first of [true, false]) {
    await page.goto('/account')
    await page.getByLabel('Code', { exact: true }).fill('welcome')
    await page.getByRole('button', { name: 'Redeem' }).click()
    if (first) await shop.expect_settled(20)
  }
  const field = page.getByLabel('Code', { exact: true })
  await expect(field).toHaveValue('welcome')
  await expect(field).toHaveAccessibleDescription(/used this code already/)
  await expect(field).toBeFocused()
  await shop.expect_balance(20)
})

test('a code lowers what is paid, and can be taken off again', async ({ page, shop }) => {
  await shop.sign_up()
  const { transaction } = await shop.order('starter')
  await shop.card_number()
  await enter(page, 'sprin20')
  await expect(page.getByLabel('Code', { exact: true })).toHaveAccessibleDescription(/no such code/)
  await enter(page, 'spring20')
  await expect(shop.pay_button()).toHaveText('Pay $4.00')
  await page.getByRole('button', { name: 'Remove the code' }).click()
  await expect(shop.pay_button()).toHaveText('Pay $5.00')
  await enter(page, 'SPRING20')
  await expect(shop.pay_button()).toHaveText('Pay $4.00')
  await expect(page.getByRole('main')).toContainText('−$1.00')

  await shop.pay_with(cards.asks)
  await shop.challenge('Complete')
  await shop.arrive(transaction)
  await shop.expect_settled(50)
  await shop.expect_balance(50)
})

test('with nothing to pay no card is asked for', async ({ page, shop }) => {
  await shop.sign_up()
  const { transaction } = await shop.order('starter')
  await enter(page, 'friend')
  await shop.arrive(transaction)
  await shop.expect_settled(50)
  await expect(page.getByText('There was nothing to pay.')).toBeVisible()
  await shop.expect_balance(50)
})

test.describe('without JavaScript', () => {
  test.use(without_script)

  test('a code works as well', async ({ page, shop }) => {
    await shop.sign_up()
    await shop.order('starter')
    await enter(page, 'friend')
    await page.waitForURL(/\/transactions\//)
    await expect(page.getByRole('main')).toContainText('50 credits are in your account')
  })
})
