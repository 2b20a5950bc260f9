// What is sold is changed at the desk: seen as customers will see it, and published once.

import { expect_accessible, main } from '../../desk'
import { expect, test } from '../../shop'

test('a new price is looked at, and a code is published', async ({ page, shop }) => {
  await shop.enter_desk()
  await page.goto('/admin/catalogue/offers/studio')
  await expect_accessible(page)
  await main(page).getByRole('link', { name: 'Change it' }).press('Enter')
  await page.waitForURL('**/change')
  await expect_accessible(page)
  const price = main(page).getByLabel('Price', { exact: true })
  await expect(price).toHaveValue('60.00')
  await price.fill('free')
  await main(page).getByLabel('Why').fill('A new year')
  await main(page).getByLabel('Why').press('Enter')
  await expect(price).toHaveAttribute('aria-invalid', 'true')
  await expect_accessible(page)
  await price.fill('70')
  await main(page).getByLabel('Why').press('Enter')
  await expect(main(page).getByRole('article', { name: 'Studio' })).toContainText('$70.00')
  await expect(main(page)).toContainText('$60.00 → $70.00')
  await expect_accessible(page)
  // Others buy it meanwhile, so it stays as it is.
  await main(page).getByRole('button', { name: 'Change it' }).press('Enter')
  await expect(price).toHaveValue('70')

  const code = `SPEC-${Date.now()}`
  await page.goto('/admin/catalogue/new/coupon')
  await main(page).getByLabel('Code').fill(code)
  await main(page).getByLabel('Name').fill('Half of it')
  await main(page).getByLabel('Percent off').fill('50')
  await main(page).getByLabel('Why').fill('For a test')
  await main(page).getByLabel('Why').press('Enter')
  await expect(main(page)).toContainText('$20.00 → $10.00')
  await expect_accessible(page)
  // Two tests may publish at the same moment: then it is told once more.
  await expect(async () => {
    await main(page).getByRole('button', { name: 'Publish it' }).press('Enter')
    await expect(main(page).getByRole('status')).toContainText('Published', { timeout: 2_000 })
  }).toPass()
  await expect_accessible(page)
  await page.goto('/admin/catalogue/import')
  await main(page).getByLabel('Or its text').fill("currency = 'usd'\n[[pack]]\nkey = 5\n")
  await main(page).getByLabel('Why').fill('For a test')
  await main(page).getByRole('button', { name: 'See what it does' }).press('Enter')
  await expect(main(page)).toContainText('line 3')
  await expect_accessible(page)
})
