// What staff may not do alone, and what they may only look at.

import { expect_accessible, main } from '../../desk'
import { Shop, expect, shop_url, test } from '../../shop'

test('much is asked for first, and a customer is seen without being touched', async ({ page, shop, browser }) => {
  const account = await shop.sign_up()
  await shop.buy('starter')
  const context = await browser.newContext({ baseURL: shop_url() })
  const desk = await context.newPage()
  await new Shop(desk).enter_desk()
  await desk.goto(`/admin/search?q=${encodeURIComponent(account.email)}`)
  await desk.waitForURL('**/admin/customers/*')
  const customer = new URL(desk.url()).pathname

  await main(desk).getByRole('link', { name: 'Give credits…' }).click()
  await desk.getByLabel('Credits', { exact: true }).fill('1001')
  await desk.getByLabel('Why').fill('For the trouble')
  await desk.keyboard.press('Enter')
  const ask = main(desk).getByRole('button', { name: 'Ask a second person' })
  await expect(ask).toBeFocused()
  await expect_accessible(desk)
  await desk.keyboard.press('Enter')
  await expect(desk.getByRole('status').filter({ hasText: 'It waits for a second person' })).toBeVisible()
  await expect_accessible(desk)
  await desk.getByLabel('Why').fill('It was not so bad')
  await main(desk).getByRole('button', { name: 'Take it back' }).click()
  await expect(desk.getByRole('status').filter({ hasText: 'It is taken back' })).toBeVisible()

  await desk.goto(customer)
  await main(desk).getByRole('link', { name: 'See the site as they do…' }).click()
  await expect_accessible(desk)
  await desk.getByLabel('Why').fill('She called about a receipt')
  await desk.keyboard.press('Enter')
  await desk.waitForURL('**/account')
  const bar = desk.getByRole('complementary', { name: 'You only look' })
  await expect(bar).toContainText(account.email)
  await expect(desk.getByTestId('balance')).toContainText('50')
  await expect_accessible(desk)
  await desk.goto('/studio')
  await expect(bar).toBeVisible()
  await desk.getByLabel('Words').fill('a harbour at dusk')
  await main(desk).getByRole('button', { name: 'Make a picture (5 credits)' }).click()
  await expect(desk.getByRole('heading', { name: 'You only look' })).toBeVisible()
  await expect_accessible(desk)
  await bar.getByRole('button', { name: 'End' }).click()
  await expect(desk.getByRole('status').filter({ hasText: 'do not see their pages' })).toBeVisible()
  await context.close()

  await shop.expect_balance(50)
  await expect(page.getByRole('heading', { name: 'Who looked at your account' })).toBeVisible()
  await expect(page.getByText('She called about a receipt')).toBeVisible()
})
