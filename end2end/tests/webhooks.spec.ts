// Whatever becomes of the webhook, the customer has the credits, once.

import { setTimeout as sleep } from 'node:timers/promises'
import { cards, expect, test } from '../shop'

test('dropped: the credits come all the same, within 3 seconds', async ({ shop, sandbox }) => {
  await shop.sign_up()
  const { transaction } = await shop.order('starter')
  await sandbox.when_paid(transaction, { fault: 'drop' })
  await shop.pay_with(cards.pays)
  await shop.arrive(transaction)
  await shop.expect_settled(50, 3_000)
  await shop.expect_balance(50)
})

test('forged: it is refused, and the credits come from the gateway itself', async ({ shop, sandbox }) => {
  await shop.sign_up()
  const { transaction } = await shop.order('starter')
  await sandbox.when_paid(transaction, { fault: 'forge', how: 'wrong_secret' })
  await shop.pay_with(cards.pays)
  await shop.arrive(transaction)
  await shop.expect_settled(50)
  await shop.expect_balance(50)
  const { gateway } = await shop.transaction(transaction)
  expect(await sandbox.accepted(gateway!.reference)).toBe(0)
})

test('20 seconds late: the credits come before it, and it adds nothing', async ({ shop, sandbox }) => {
  await shop.sign_up()
  const { transaction } = await shop.order('starter')
  await sandbox.when_paid(transaction, { fault: 'delay', ms: 20_000 })
  await shop.pay_with(cards.pays)
  await shop.arrive(transaction)
  await shop.expect_settled(50, 3_000)

  const { gateway } = await shop.transaction(transaction)
  expect(await sandbox.accepted(gateway!.reference)).toBe(0)
  await expect(async () => {
    expect(await sandbox.accepted(gateway!.reference)).toBe(1)
  }).toPass({ timeout: 30_000, intervals: [500] })
  // Time to act on it, were there something to do.
  await sleep(1_000)
  await shop.expect_balance(50)
})

test('sent 50 times at once: the balance is exact', async ({ shop, sandbox }) => {
  await shop.sign_up()
  const { transaction } = await shop.order('starter')
  await sandbox.when_paid(transaction, { fault: 'double', copies: 50 })
  await shop.pay_with(cards.pays)
  await shop.arrive(transaction)
  await shop.expect_settled(50)

  const { gateway } = await shop.transaction(transaction)
  await expect(async () => {
    expect(await sandbox.accepted(gateway!.reference)).toBe(50)
  }).toPass({ timeout: 20_000, intervals: [250] })
  await sleep(1_000)
  await shop.expect_balance(50)
})
