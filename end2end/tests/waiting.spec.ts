// Between paying and having: reloads, closed tabs, other clients.

import { Shop, cards, exactly, expect, sandbox_url, shop_url, test } from '../shop'

test('a reload while waiting loses nothing', async ({ page, shop, sandbox }) => {
  await shop.sign_up()
  const { transaction } = await shop.order('starter')
  await sandbox.when_paid(transaction, { fault: 'drop' })
  await shop.pay_with(cards.pays)
  await shop.arrive(transaction)
  await page.reload({ waitUntil: 'commit' })
  await page.reload()
  await shop.expect_settled(50, 5_000)
  // And says the same to whoever opens it later.
  await page.reload()
  await shop.expect_settled(50)
  await shop.expect_balance(50)
})

test('the tab is closed after the challenge, and the customer signs in again', async ({ browser, sandbox }) => {
  const before = await browser.newContext({ baseURL: shop_url() })
  const page = await before.newPage()
  const shop = new Shop(page)
  const account = await shop.sign_up()
  const { transaction } = await shop.order('starter')
  await sandbox.when_paid(transaction, { fault: 'drop' })
  await shop.pay_with(cards.asks)
  const answered = page.waitForResponse(
    (response) => response.url().startsWith(`${sandbox_url()}/challenge/`) && response.request().method() === 'POST',
  )
  await shop.challenge('Complete')
  await answered
  await before.close()

  const after = await browser.newContext({ baseURL: shop_url() })
  const again = new Shop(await after.newPage())
  await again.sign_in(account)
  await again.page.goto(`/transactions/${transaction}`)
  await again.expect_settled(50)
  await again.expect_balance(50)
  await after.close()
})

test('when it takes long, the page says not to pay again', async ({ page, shop, sandbox }) => {
  await shop.sign_up()
  const { transaction } = await shop.order('starter')
  await sandbox.when_paid(transaction, { fault: 'delay', ms: 16_000 })
  await shop.enter_card(cards.pays)
  await sandbox.hide(transaction)
  await shop.pay_button().click()
  await shop.arrive(transaction)
  await expect(page.getByRole('status').first()).toContainText('Confirming')
  await expect(page.getByText('Still processing. Do not pay again.')).toBeVisible({ timeout: 15_000 })
  await expect(page.locator('[data-settled]').first()).toHaveAttribute('data-settled', 'false')
  await shop.expect_settled(50, 15_000)
})

test('another client waits with the API, and is answered when it settles', async ({ shop }) => {
  await shop.sign_up()
  const { transaction } = await shop.order('starter')
  const waiting = shop.transaction(transaction, '?awaitStatus=succeeded&timeout=60')
  await shop.pay_with(cards.pays)
  const told = await waiting
  expect(told).toMatchObject({ status: 'succeeded', settled: true, timed_out: false })
  await shop.arrive(transaction)
  await shop.expect_balance(50)
})

test('the balance of an open account page moves by itself', async ({ context, page, shop }) => {
  await shop.sign_up()
  const account = await context.newPage()
  await account.goto('/account')
  await expect(account.getByTestId('balance')).toHaveText(exactly(0))
  await shop.buy('starter')
  await expect(account.getByTestId('balance')).toHaveText(exactly(50))
  await page.close()
})

test('nobody sees the transaction of another', async ({ browser, shop }) => {
  await shop.sign_up()
  const { transaction, address } = await shop.order('starter')
  const other = await browser.newContext({ baseURL: shop_url() })
  const stranger = new Shop(await other.newPage())
  await stranger.sign_up()
  for (const path of [`/transactions/${transaction}`, `/v1/transactions/${transaction}`, new URL(address).pathname]) {
    expect((await stranger.page.request.get(path)).status(), path).toBe(404)
  }
  await other.close()
})
