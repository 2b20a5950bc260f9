// A trial: credits for nothing, for a card that works.

import { type Page } from '@playwright/test'
import { Shop, cards, expect, new_account, shop_url, test } from '../shop'

const credits = 25
// Cards open one trial each, and all tests share a shop: every test has its own.
const own = {
  desktop: { pays: '5555555555554444', asks: '4000002760003184', once: '3566002020360505' },
  phone: { pays: '6011111111111117', asks: '4000000000003220', once: '6200000000000005' },
}

const own_cards = (project: string) => own[project as keyof typeof own]

async function start(shop: Shop, page: Page) {
  await page.goto('/')
  await page.getByRole('link', { name: `Start free: ${credits} credits` }).click()
  await page.waitForURL('**/trial')
}

async function try_card(shop: Shop, page: Page, number: string) {
  await shop.enter_card(number)
  await page.getByRole('main').getByRole('button', { name: 'Start free' }).click()
}

test('a declined card, then one that opens it; once', async ({ page, shop }, { project }) => {
  await shop.sign_up()
  await start(shop, page)
  await try_card(shop, page, cards.declined)
  await shop.expect_alert(/declined/i)
  await try_card(shop, page, own_cards(project.name).pays)
  await shop.expect_settled(credits)
  await shop.expect_balance(credits)
  await page.goto('/')
  await expect(page.getByRole('link', { name: /^Start free/ })).toHaveCount(0)
  await page.goto('/trial')
  await expect(page.getByRole('heading', { name: 'You have had the trial already' })).toBeVisible()
})

test('the bank asks, and the customer tries twice', async ({ page, shop }, { project }) => {
  await shop.sign_up()
  await start(shop, page)
  await try_card(shop, page, own_cards(project.name).asks)
  await shop.challenge('Fail')
  await shop.expect_alert(/authenticat|confirm|bank/i)
  await try_card(shop, page, own_cards(project.name).asks)
  await shop.challenge('Complete')
  await shop.expect_settled(credits)
})

test('a visitor signs up on the way, and a card opens one trial', async ({ browser, page, shop }, { project }) => {
  const card = own_cards(project.name).once
  await page.goto('/')
  await page.getByRole('link', { name: /^Start free/ }).click()
  await page.waitForURL(/\/sign-up/)
  await shop.fill_in(new_account())
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.waitForURL('**/trial')
  await try_card(shop, page, card)
  await shop.expect_settled(credits)

  const elsewhere = await browser.newContext({ baseURL: shop_url() })
  const other = new Shop(await elsewhere.newPage())
  await other.sign_up()
  await start(other, other.page)
  await try_card(other, other.page, card)
  await other.page.waitForURL(/\/transactions\//, { waitUntil: 'commit' })
  await expect(other.page.getByText('This card has been used for a trial before')).toBeVisible()
  await expect(other.page.getByRole('link', { name: 'Try another card' })).toBeVisible()
  await other.expect_balance(0)
  await elsewhere.close()
})
