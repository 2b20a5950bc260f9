// How somebody new on the staff comes in: by mail, a password, and an app that shows codes.

import { createHmac } from 'node:crypto'
import { link_in, mail_to } from '../../mails'
import { expect_accessible, main } from '../../desk'
import { Shop, expect, new_account, shop_url, test } from '../../shop'

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

test('somebody new sets up a second factor by keyboard alone', async ({ page, shop, browser }) => {
  const account = new_account()
  await shop.enter_desk()
  await page.getByRole('link', { name: 'Staff', exact: true }).click()
  await page.waitForURL('**/admin/staff')
  await expect_accessible(page)
  await main(page).getByLabel('Email').fill(account.email)
  await main(page).getByLabel('Role').selectOption('viewer')
  await main(page).getByRole('button', { name: 'Add and send the link' }).press('Enter')
  await expect(page.getByRole('status').filter({ hasText: 'on its way' })).toBeVisible()

  const context = await browser.newContext({ baseURL: shop_url() })
  const theirs = new Shop(await context.newPage())
  await theirs.page.goto(link_in(await mail_to(account.email, 'Welcome to the staff'), 'reset'))
  await theirs.page.getByLabel('New password').fill(account.password)
  await main(theirs.page).getByRole('button', { name: 'Set the password' }).press('Enter')
  await theirs.page.waitForURL(/\/sign-in/)
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
