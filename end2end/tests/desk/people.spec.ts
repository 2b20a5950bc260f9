// Customers, transactions and the search, as staff meet them: by keyboard, in any width and light.

import { expect_accessible, main } from '../../desk'
import { Shop, expect, shop_url, test } from '../../shop'

test('a customer who calls is found, understood and helped by keyboard', async ({ page, shop, browser }) => {
  const account = await shop.sign_up()
  const { transaction } = await shop.buy('starter')
  const context = await browser.newContext({ baseURL: shop_url() })
  const desk = await context.newPage()
  await new Shop(desk).enter_desk()

  await desk.goto('/admin/transactions')
  await expect_accessible(desk)
  await desk.keyboard.press('/')
  await expect(desk.getByRole('searchbox', { name: /^Search by/ })).toBeFocused()
  await desk.keyboard.type(transaction)
  await desk.keyboard.press('Enter')
  await desk.waitForURL(`**/admin/transactions/${transaction}`)
  await expect(main(desk).getByText('Purchase: 50 credits')).toBeVisible()
  await expect_accessible(desk)

  await main(desk).getByRole('link', { name: 'Refund…' }).click()
  await desk.getByLabel('Amount').fill('1.20')
  await desk.getByLabel('Why').fill('It did not work')
  await expect_accessible(desk)
  await desk.keyboard.press('Enter')
  await expect(main(desk).getByText('12 credits are taken back')).toBeVisible()
  await expect_accessible(desk)
  await main(desk).getByRole('button', { name: 'Refund $1.20' }).click()
  await expect(desk.getByRole('status').filter({ hasText: 'The refund is made' })).toBeVisible()

  await main(desk).getByRole('link', { name: account.email }).first().click()
  await expect(desk.getByRole('heading', { name: 'Why it is 38' })).toBeVisible()
  await desk.getByLabel('New note').fill('Called, was friendly')
  await main(desk).getByRole('button', { name: 'Keep the note' }).click()
  await expect(main(desk).getByText('Called, was friendly')).toBeVisible()
  await expect_accessible(desk)

  await main(desk).getByRole('link', { name: 'Give credits…' }).click()
  await desk.getByLabel('Credits', { exact: true }).fill('5')
  await desk.getByLabel('Why').fill('For the trouble')
  await main(desk).getByRole('button', { name: 'See what it does' }).click()
  await expect(main(desk).getByRole('button', { name: 'Give 5 credits' })).toBeFocused()
  await desk.keyboard.press('Enter')
  await expect(desk.getByRole('status').filter({ hasText: 'The credits are given' })).toBeVisible()
  await shop.expect_balance(43)
  await expect(page.getByText('A gift from us').first()).toBeVisible()
  await context.close()
})
