// A bank's doubt about a payment, as its customer sees it.

import { Shop, cards, expect, sandbox_url, test } from '../shop'

/** Buys a pack with a card whose bank disputes the payment at once. */
async function buy_disputed(shop: Shop) {
  await shop.sign_up()
  const { transaction } = await shop.order('starter')
  await shop.pay_with(cards.disputed)
  await shop.arrive(transaction)
  await expect(async () => {
    await shop.page.goto('/account')
    await expect(shop.page.getByText('50 credits frozen')).toBeVisible({ timeout: 500 })
  }).toPass()
  const { gateway } = await shop.transaction(transaction)
  return gateway!.reference
}

for (const [outcome, left, line] of [
  ['won', 50, 'No longer frozen: Starter pack'],
  ['lost', 0, '50 credits frozen taken: chargeback of Starter pack'],
] as const) {
  test(`a disputed payment freezes its credits until it is ${outcome}`, async ({ page, shop, request }) => {
    const payment_intent = await buy_disputed(shop)
    await shop.expect_balance(0)
    const answer = await request.get(`${sandbox_url()}/v1/disputes`, {
      params: { payment_intent },
      headers: { authorization: 'Bearer sk_test_sandbox' },
    })
    expect(answer.ok(), await answer.text()).toBe(true)
    const { data } = (await answer.json()) as { data: { id: string }[] }
    const closed = await request.post(`${sandbox_url()}/control/disputes/${data[0]?.id}`, { data: { status: outcome } })
    expect(closed.ok(), await closed.text()).toBe(true)
    await expect(async () => {
      await page.goto('/account')
      await expect(page.getByText(line)).toBeVisible({ timeout: 500 })
    }).toPass()
    await shop.expect_balance(left)
  })
}
