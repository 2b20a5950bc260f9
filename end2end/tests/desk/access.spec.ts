// How somebody new on the staff comes in: by mail, a password, and an app that shows codes or a passkey.

import { type Browser, type Page } from '@playwright/test'
import { add_colleague, add_device, code_of, expect_accessible, main } from '../../desk'
import { type Account, Shop, expect, new_account, shop_url, test } from '../../shop'

/** An owner adds somebody, who sets a password and is about to sign in at this address. */
async function new_viewer(page: Page, account: Account, browser: Browser, address: string) {
  await new Shop(page).enter_desk()
  await page.getByRole('link', { name: 'Staff', exact: true }).click()
  await page.waitForURL('**/admin/staff')
  await expect_accessible(page)
  const context = await browser.newContext({ baseURL: address })
  const theirs = new Shop(await context.newPage())
  await add_colleague(page, 'viewer', account, theirs)
  return { context, theirs }
}

test('somebody new sets up a second factor by keyboard alone', async ({ page, browser }) => {
  const account = new_account()
  const { context, theirs } = await new_viewer(page, account, browser, shop_url())
  await theirs.sign_in(account)
  await theirs.page.waitForURL(/\/admin\/security/)
  await expect_accessible(theirs.page)
  await main(theirs.page).getByRole('button', { name: 'Set up an app' }).press('Enter')

  await expect(theirs.page.getByRole('img', { name: 'QR code for your app' })).toBeVisible()
  await expect_accessible(theirs.page)
  const secret = await main(theirs.page).locator('.secret').innerText()
  const field = theirs.page.getByLabel('The code that the app shows now')
  await field.fill('000000')
  await field.press('Enter')
  await expect(field).toHaveAttribute('aria-invalid', 'true')
  await expect(field).toBeFocused()
  await field.fill(code_of(secret))
  await field.press('Enter')

  await expect(main(theirs.page).locator('.recovery-codes li')).toHaveCount(10)
  await expect_accessible(theirs.page)
  await main(theirs.page).getByRole('link', { name: 'I have kept them' }).press('Enter')
  await theirs.page.waitForURL((url) => url.pathname === '/admin')
  for (const path of ['/admin/security', '/admin/settings']) {
    await theirs.page.goto(path)
    await expect_accessible(theirs.page)
  }
  await context.close()
})

test('a passkey is added, and lets in after the password', async ({ page, browser }) => {
  const account = new_account()
  // Passkeys are made for a name.
  const address = shop_url().replace('127.0.0.1', 'localhost')
  const { context, theirs } = await new_viewer(page, account, browser, address)
  const { devices, authenticatorId } = await add_device(theirs.page)

  await theirs.sign_in(account)
  await main(theirs.page).getByRole('link', { name: 'Add a passkey' }).press('Enter')
  await theirs.page.getByLabel('Name').fill('Laptop')
  await expect_accessible(theirs.page)
  await devices.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
  await theirs.page.keyboard.press('Enter')
  const make = main(theirs.page).getByRole('button', { name: 'Add a passkey' })
  await expect(main(theirs.page).getByText('It was cancelled')).toBeVisible()
  await expect(make).toBeFocused()
  await expect_accessible(theirs.page)
  await devices.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true })
  await make.press('Enter')
  await expect(main(theirs.page).locator('.recovery-codes li')).toHaveCount(10)

  await theirs.page.goto('/admin/security')
  await expect(theirs.page.getByRole('row', { name: /Laptop.*never/ })).toBeVisible()
  await expect_accessible(theirs.page)
  await theirs.page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await theirs.page.waitForURL((url) => url.pathname === '/')
  await theirs.sign_in(account)
  await expect_accessible(theirs.page)
  await main(theirs.page).getByRole('button', { name: 'Use a passkey' }).press('Enter')
  await theirs.page.waitForURL((url) => url.pathname === '/admin')

  await theirs.page.goto('/admin/security/passkeys')
  await theirs.page.getByLabel('Name').fill('Laptop again')
  await make.click()
  await expect(main(theirs.page).getByText('has a passkey for this site already')).toBeVisible()

  // At the number nobody is left wondering.
  await page.goto('/admin/security/passkeys')
  await expect(main(page).getByText('Passkeys are made for a name')).toBeVisible()
  await expect(main(page).getByRole('button', { name: 'Add a passkey' })).toBeDisabled()
  await context.close()
})

test('keys and endpoints can be read by everybody who may', async ({ page, shop }) => {
  await shop.enter_desk()
  for (const path of ['/admin/keys', '/admin/endpoints']) {
    await page.goto(path)
    await expect_accessible(page)
  }
  await page.goto('/admin/keys')
  await main(page).getByLabel('Name').fill('studio')
  await main(page).getByRole('button', { name: 'Add and show the key' }).press('Enter')
  await expect(page.getByRole('status').locator('.secret')).toHaveText(/^tender_key_/)
  await expect_accessible(page)
})
