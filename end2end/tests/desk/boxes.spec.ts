// The inbox, the mails and the reconciliation of the desk, by keyboard and as they are seen.

import { expect_accessible, main } from '../../desk'
import { expect, test } from '../../shop'

test('an event is found, opened and handled again by keyboard', async ({ page, shop }) => {
  await shop.sign_up()
  await shop.buy('starter')
  await page.context().clearCookies()
  await shop.enter_desk()
  await page.goto('/admin/inbox')
  await expect(page.getByRole('heading', { name: 'Inbox', exact: true })).toBeVisible()
  await main(page).getByLabel('What happened').selectOption('payment_intent.succeeded')
  await main(page).getByLabel('Id of what it is about').fill('nothing_like_it')
  await main(page).getByRole('button', { name: 'Send' }).press('Enter')
  await expect(main(page).getByRole('alert')).toContainText('The sandbox refuses')
  await expect_accessible(page)

  await page.goto('/admin/inbox')
  await page.locator('body').press('j')
  const first = page.locator('.desk-table tbody th a').first()
  await expect(first).toBeFocused()
  await first.press('Enter')
  await page.waitForURL(/\/admin\/inbox\/[0-9a-f-]{36}/)
  await expect_accessible(page)
  await main(page).getByRole('button', { name: 'Handle again' }).press('Enter')
  await expect(main(page).getByRole('status')).toContainText('It was')
  await expect_accessible(page)
})

test('a mail is seen as its reader sees it, without what only the reader may follow', async ({ page, shop, browser }) => {
  const context = await browser.newContext()
  const { email } = await shop.sign_up()
  await context.close()
  await page.context().clearCookies()
  await shop.enter_desk()
  await page.goto(`/admin/mails?email=${encodeURIComponent(email)}`)
  await expect_accessible(page)
  await main(page).getByRole('link', { name: 'welcome' }).click()
  await page.waitForURL(/\/admin\/mails\/[0-9a-f-]{36}/)
  const mail = page.frameLocator('iframe[title="The mail"]')
  await expect(mail.getByRole('heading', { name: 'Welcome to Tender' })).toBeVisible()
  const link = mail.getByRole('link', { name: 'Verify this address' })
  await expect(link).toHaveAttribute('href', /only-its-reader-sees-this$/)
  // Nothing runs in the frame of the mail, so axe would wait there for ever.
  await page.locator('iframe').evaluate((frame) => frame.remove())
  await expect_accessible(page)
})

test('a settlement file is uploaded, and its lines that make no sense are shown', async ({ page, shop }) => {
  await shop.enter_desk()
  await page.goto('/admin/reconciliation/upload')
  await expect_accessible(page)
  const file = 'type,reference,payment,amount,currency,fee,created\npayment,pi_1,,five,usd,0.45,2026-11-18 10:00:00\n'
  await page.getByLabel('File', { exact: true }).setInputFiles({
    name: 'bank.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(file),
  })
  await main(page).getByRole('button', { name: 'Upload and compare' }).press('Enter')
  await page.waitForURL(/\/admin\/reconciliation\/[0-9a-f-]{36}/)
  await expect(main(page).getByText('Finished', { exact: true }).first()).toBeVisible({ timeout: 20_000 })
  await expect(main(page).getByText('is not an amount of usd')).toBeVisible()
  await expect_accessible(page)
})
