// What people do with their account, and the mails that it takes.

import { type Page } from '@playwright/test'
import AxeBuilder from '@axe-core/playwright'
import { link_in, mail_to } from '../mails'
import { Shop, expect, new_account, shop_url, test } from '../shop'

const main = (page: Page) => page.getByRole('main')

async function expect_accessible(page: Page) {
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  expect.soft(overflow, 'pixels to scroll sideways').toBeLessThanOrEqual(0)
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect.soft(violations.map(({ id }) => id), page.url()).toEqual([])
}

test('an address is verified by the link that comes to it', async ({ page, shop }) => {
  const { email } = await shop.sign_up()
  await expect(main(page).getByText('Your address is not verified yet').first()).toBeVisible()
  await main(page).getByRole('button', { name: 'Send the link again' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'on its way' })).toBeVisible()

  const again = await mail_to(email, 'Verify your address')
  await page.goto(link_in(again, 'confirm'))
  await expect(main(page).getByText(email)).toBeVisible()
  await expect_accessible(page)
  await main(page).getByRole('button', { name: 'Yes, use it' }).click()
  await page.waitForURL(/\/account/)
  await expect(page.getByRole('status').filter({ hasText: 'verified' })).toBeVisible()
  await expect(main(page).getByText('not verified yet')).toHaveCount(0)

  await page.goto(link_in(again, 'confirm'))
  await expect(page.getByRole('heading', { name: 'This link no longer works' })).toBeVisible()
  await expect_accessible(page)
})

test('a forgotten password is set anew with a link', async ({ page, shop, browser }) => {
  const account = await shop.sign_up()
  const context = await browser.newContext({ baseURL: shop_url() })
  const elsewhere = new Shop(await context.newPage())
  await elsewhere.page.goto('/sign-in')
  await elsewhere.page.getByRole('link', { name: 'Forgot your password?' }).click()
  await elsewhere.page.waitForURL('**/forgot')
  await elsewhere.page.getByLabel('Email').fill(account.email)
  await main(elsewhere.page).getByRole('button', { name: 'Send the link' }).click()
  await expect(elsewhere.page.getByRole('status').filter({ hasText: 'on its way' })).toBeVisible()

  await elsewhere.page.goto(link_in(await mail_to(account.email, 'Set a new password'), 'reset'))
  await expect_accessible(elsewhere.page)
  await elsewhere.page.getByLabel('New password').fill('an entirely different one')
  await main(elsewhere.page).getByRole('button', { name: 'Set the password' }).click()
  await elsewhere.page.waitForURL(/\/sign-in/)
  await elsewhere.sign_in({ email: account.email, password: 'an entirely different one' })
  await mail_to(account.email, 'Your password was changed')

  await page.goto('/account')
  await page.waitForURL(/\/sign-in/)
  await context.close()
})

test('password and address are changed by who knows the password', async ({ page, shop }) => {
  const account = await shop.sign_up()
  await page.goto('/account')
  await main(page).getByRole('link', { name: 'Change password' }).click()
  await page.waitForURL('**/account/password')
  await page.getByLabel('Current password').fill(account.password)
  await page.getByLabel('New password').fill('password')
  await main(page).getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByLabel('New password')).toHaveAttribute('aria-invalid', 'true')
  await page.getByLabel('Current password').fill(account.password)
  await page.getByLabel('New password').fill('an entirely different one')
  await main(page).getByRole('button', { name: 'Change password' }).click()
  await page.waitForURL(/\/account\?/)

  const { email } = new_account()
  await main(page).getByRole('link', { name: 'Change address' }).click()
  await page.waitForURL('**/account/email')
  await page.getByLabel('New email').fill(email)
  await page.getByLabel('Current password').fill('an entirely different one')
  await main(page).getByRole('button', { name: 'Send the link' }).click()
  await mail_to(account.email, 'about to change')
  await page.goto(link_in(await mail_to(email, 'Confirm your new address'), 'confirm'))
  await main(page).getByRole('button', { name: 'Yes, use it' }).click()
  await page.waitForURL(/\/account/)
  await expect(main(page).getByText(email).first()).toBeVisible()
})

test('data is taken along, and the account closed', async ({ page, shop }) => {
  const account = await shop.sign_up()
  await page.goto('/account')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    main(page).getByRole('link', { name: 'Download' }).click(),
  ])
  expect(download.suggestedFilename()).toBe('tender-account.json')

  await main(page).getByRole('link', { name: 'Close account' }).click()
  await page.waitForURL('**/account/close')
  await page.getByLabel('Current password').fill(account.password)
  await page.getByLabel('Close it for good').check()
  await main(page).getByRole('button', { name: 'Close my account' }).click()
  await page.waitForURL(/\/sign-in/)
  await expect(page.getByRole('status').filter({ hasText: 'closed' })).toBeVisible()
  await mail_to(account.email, 'Your account is closed')
  await page.goto('/account')
  await page.waitForURL(/\/sign-in/)
})
