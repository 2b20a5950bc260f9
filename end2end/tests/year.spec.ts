// A year with a plan, in a shop whose clock is moved: renewed month after month, twice with trouble.

import { type Page } from '@playwright/test'
import { link_in, mail_to } from '../mails'
import { type Account, type Sandbox, type Shop, cards, expect, test_alone as test } from '../shop'

/** Asks when it is first paid with, and not again for what was agreed to then. */
const asks_once = '4000002500003155'

const plan = { name: 'Pro', credits: 1600, price: '$99.00' }

const banner = (page: Page) => page.getByRole('complementary', { name: 'Your plan' })

/** After weeks, whoever comes back signs in again. */
async function come_back(shop: Shop, account: Account) {
  await shop.page.context().clearCookies()
  await shop.sign_in(account)
}

/** Follows a new letter about a renewal to its payment; on the way one signs in. */
async function follow_letter(page: Page, shop: Shop, account: Account, subject: string, paid: Set<string>) {
  let link = ''
  await expect(async () => {
    link = link_in(await mail_to(account.email, subject), 'pay')
    expect(paid).not.toContain(link)
  }).toPass({ timeout: 15_000 })
  paid.add(link)
  await page.context().clearCookies()
  await page.goto(link)
  await shop.fill_in(account)
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(/\/pay\//)
  await expect(banner(page)).toContainText(`Your ${plan.name} plan could not be renewed.`)
  return shop.open_checkout()
}

/** The intent that pays the newest invoice. */
async function newest_payment(sandbox: Sandbox) {
  const [newest] = await sandbox.list<{ id: string }>('payment_intents')
  return newest!.id
}

test('a year of renewals, with one that fails and one for which the bank asks', async ({ page, shop, sandbox }) => {
  test.setTimeout(180_000)
  const account = await shop.sign_up()
  const paid_by_letter = new Set<string>()
  await page.goto('/')
  await page.getByRole('button', { name: `Choose ${plan.name}`, exact: true }).click()
  await page.waitForURL(/\/checkout\//)
  await shop.pay_with(cards.pays)
  await shop.expect_settled(plan.credits)

  for (let month = 2; month <= 12; month += 1) {
    await test.step(`month ${month}`, async () => {
      if (month === 4) await sandbox.fail_next_renewal('insufficient_funds')
      if (month === 9) await sandbox.fail_next_renewal('authentication_required')
      await sandbox.pass_renewal()
      if (month === 4) {
        const failed = await newest_payment(sandbox)
        const { transaction } = await follow_letter(page, shop, account, 'Payment failed: Pro plan, renewed', paid_by_letter)
        await expect(page.getByText('insufficient funds')).toBeVisible()
        await page.getByRole('radio', { name: 'Another card' }).check()
        await shop.pay_with(asks_once)
        await shop.challenge('Complete')
        await shop.arrive(transaction)
        await shop.expect_settled(plan.credits)
        expect(await newest_payment(sandbox), 'it was the same payment').toBe(failed)
      } else if (month === 9) {
        await follow_letter(page, shop, account, 'Confirm your payment: Pro plan, renewed', paid_by_letter)
        await page.getByRole('button', { name: 'Continue with your bank' }).click()
        await shop.challenge('Complete')
        await shop.expect_settled(plan.credits)
      } else {
        await come_back(shop, account)
      }
      await expect(async () => {
        await page.goto('/account')
        const now = (month * plan.credits).toLocaleString('en-US')
        await expect(page.getByTestId('balance')).toHaveText(now, { timeout: 500 })
      }).toPass({ timeout: 15_000 })
      await expect(banner(page)).toHaveCount(0)
      await expect(page.getByText('Renews on')).toBeVisible()
    })
  }

  // What was granted is what was paid, and each payment has its receipt.
  const paid = await sandbox.list<{ amount_paid: number }>('invoices', { status: 'paid', limit: 100 })
  expect(paid.map(({ amount_paid }) => amount_paid)).toEqual(Array(12).fill(9900))
  const statement = page.getByRole('region', { name: 'Statement' })
  await expect(statement.getByRole('row', { name: /\+1,600/ })).toHaveCount(paid.length)
  const receipts = statement.getByRole('link', { name: /^Receipt \d{4}-\d{6}$/ })
  await expect(receipts).toHaveCount(paid.length)
  expect(new Set(await receipts.allTextContents()).size).toBe(paid.length)
  for (const [nth, card] of [
    [0, 'Visa, ending in 3155'],
    [paid.length - 1, 'Visa, ending in 4242'],
  ] as const) {
    await page.goto('/account')
    await receipts.nth(nth).click()
    await page.waitForURL(/\/receipt$/)
    for (const said of [plan.price, '1,600 credits', card]) await expect(page.getByRole('main')).toContainText(said)
  }

  await page.goto('/account/plan/cancel')
  await page.getByRole('button', { name: 'Cancel at the end of the period' }).click()
  await page.waitForURL('**/account/plan')
  await expect(page.getByText('Ends on')).toBeVisible()
  await sandbox.advance(32 * 24 * 3600)
  await mail_to(account.email, 'Pro has ended')
  await come_back(shop, account)
  await page.goto('/account')
  await expect(page.getByText('You have no plan.')).toBeVisible()
  await shop.expect_balance(12 * plan.credits)
  expect(await sandbox.list('invoices', { status: 'paid', limit: 100 })).toHaveLength(12)
})
