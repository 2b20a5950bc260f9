// Receipts: found in the history, shown, printed, downloaded.

import AxeBuilder from '@axe-core/playwright'
import { expect, test } from '../shop'

test('a receipt is found in the history and says what was paid', async ({ page, shop }) => {
  await shop.sign_up()
  await shop.buy('starter')
  await page.goto('/account')
  await page.getByRole('link', { name: /^Receipt \d{4}-\d{6}$/ }).click()
  await page.waitForURL(/\/receipt$/)
  const main = page.getByRole('main')
  await expect(main.getByRole('heading', { name: /^Receipt \d{4}-\d{6}$/ })).toBeVisible()
  for (const said of ['Starter pack, 50 credits', '$5.00', 'Visa, ending in 4242', 'Tender demo'])
    await expect(main).toContainText(said)
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id }) => id)).toEqual([])

  // On paper there is nothing but the receipt.
  await page.emulateMedia({ media: 'print' })
  await expect(page.getByRole('banner')).toBeHidden()
  await expect(page.getByRole('link', { name: 'Download as PDF' })).toBeHidden()
  await expect(main).toContainText('Starter pack, 50 credits')
  await page.emulateMedia({ media: 'screen' })

  const address = await page.getByRole('link', { name: 'Download as PDF' }).getAttribute('href')
  const pdf = await page.request.get(address!)
  expect(pdf.headers()['content-type']).toBe('application/pdf')
  expect((await pdf.body()).subarray(0, 5).toString()).toBe('%PDF-')
})

test('an order that was given up is listed with its state, and has no receipt', async ({ page, shop }) => {
  await shop.sign_up()
  await shop.order('studio')
  await shop.card_number()
  await page.getByRole('button', { name: 'Cancel order' }).click()
  await page.waitForURL(/\/transactions\//)
  await page.goto('/account')
  const orders = page.getByRole('region', { name: 'Orders' })
  await expect(orders).toContainText('Canceled')
  await expect(page.getByRole('link', { name: /^Receipt/ })).toHaveCount(0)
})
