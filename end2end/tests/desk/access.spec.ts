// How somebody new on the staff comes in: by mail, a password, and an app that shows codes or a passkey.

import { createHmac } from 'node:crypto'
import { type Browser, type Page } from '@playwright/test'
import { link_in, mail_to } from '../../mails'
import { expect_accessible, main } from '../../desk'
import { type Account, Shop, expect, new_account, shop_url, test } from '../../shop'

/** The code that an app with this secret shows now (RFC 6238). */
function code_of(secret: string) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret.replaceAll(' ', '')].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0'))
  const bytes = bits.join('').match(/.{8}/g)!.map((byte) => parseInt(byte, 2))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const mac = createHmac('sha1', Buffer.from(bytes)).update(step).digest()
  const number = mac.readUInt32BE(mac[19]! & 15) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, '0')
}

/** An owner adds somebody, who sets a password and is about to sign in at this address. */
async function new_viewer(page: Page, account: Account, browser: Browser, address: string) {
  await new Shop(page).enter_desk()
  await page.getByRole('link', { name: 'Staff', exact: true }).click()
  await page.waitForURL('**/admin/staff')
  await expect_accessible(page)
  await main(page).getByLabel('Email').fill(account.email)
  await main(page).getByLabel('Role').selectOption('viewer')
  await main(page).getByRole('button', { name: 'Add and send the link' }).press('Enter')
  await expect(page.getByRole('status').filter({ hasText: 'on its way' })).toBeVisible()

  const context = await browser.newContext({ baseURL: address })
  const theirs = new Shop(await context.newPage())
  await theirs.page.goto(link_in(await mail_to(account.email, 'Welcome to the staff'), 'reset'))
  await theirs.page.getByLabel('New password').fill(account.password)
  await main(theirs.page).getByRole('button', { name: 'Set the password' }).press('Enter')
  await theirs.page.waitForURL(/\/sign-in/)
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
  const devices = await context.newCDPSession(theirs.page)
  await devices.send('WebAuthn.enable')
  const { authenticatorId } = await devices.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })

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
