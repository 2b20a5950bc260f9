// Spending credits, running out of them, and coming back with more.

import { cards, expect, packs, picture_price, test } from '../shop'

test('running out, buying, and coming back to the studio', async ({ page, shop }) => {
  await shop.sign_up()
  await shop.buy('starter')
  for (let made = 0; made < packs.starter.credits / picture_price; made += 1) {
    await shop.make_picture(`Lighthouse number ${made}`)
    await page.waitForURL(/\/studio\/.+/)
  }
  await shop.expect_balance(0)

  await shop.make_picture('One lighthouse more')
  const alert = page.getByRole('alert')
  await expect(alert).toContainText('Starter')
  await expect(page.getByLabel('Words')).toHaveValue('One lighthouse more')
  await page.getByRole('button', { name: 'Buy Starter', exact: true }).click()
  await page.waitForURL(/\/checkout\//)
  await shop.pay_with(cards.pays)
  await shop.expect_settled(50)

  await page.getByRole('link', { name: 'Back to the studio' }).click()
  await page.waitForURL((url) => url.pathname === '/studio')
  await shop.make_picture('One lighthouse more')
  await page.waitForURL(/\/studio\/.+/)
  await shop.expect_balance(45)
})

test('a picture is shown with what was asked for', async ({ page, shop }) => {
  await shop.sign_up()
  await shop.buy('starter')
  await shop.make_picture('A harbour before the storm')
  await page.waitForURL(/\/studio\/.+/)
  await expect(page.getByRole('main').getByRole('img').first()).toBeVisible()
  await expect(page.getByRole('main')).toContainText('A harbour before the storm')
})

test('a double click makes one picture', async ({ page, shop }) => {
  await shop.sign_up()
  await shop.buy('starter')
  await page.goto('/studio')
  await page.getByLabel('Words').fill('Two clicks, one picture')
  await page.getByRole('button', { name: 'Make a picture (5 credits)' }).dblclick()
  // Not waitForURL: the second click breaks off the first one's way there.
  await expect(page).toHaveURL(/\/studio\/.+/)
  await shop.expect_balance(45)
})
