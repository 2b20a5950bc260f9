// The overview, which tells of what happens while one looks at it; and the bar, which leads everywhere.

import { expect_accessible, main } from '../../desk'
import { Shop, expect, shop_url, test } from '../../shop'

test('a purchase is seen without a reload', async ({ page, shop, browser }) => {
  await shop.sign_up()
  const context = await browser.newContext({ baseURL: shop_url() })
  const desk = await context.newPage()
  await new Shop(desk).enter_desk()
  await desk.goto('/admin?days=1')
  const payments = main(desk).locator('.tile').filter({ hasText: /^Payments/ }).locator('.value')
  const before = await payments.innerText()
  await shop.buy('starter')
  await expect(payments).not.toHaveText(before, { timeout: 20_000 })
  await expect_accessible(desk)
  await context.close()
})

test('a chart is a table too, and stays open while the page lives', async ({ page, shop }) => {
  await shop.enter_desk()
  const tables = main(page).locator('details')
  await tables.first().locator('summary').press('Enter')
  await expect(tables.first().getByRole('columnheader', { name: 'Day (UTC)' })).toBeVisible()
  await main(page).locator('h1').click()
  await page.waitForResponse((answer) => answer.url().endsWith('/admin'), { timeout: 20_000 })
  await expect(tables.first()).toHaveAttribute('open', '')
})

test('the bar leads to every page, and each is for everybody', async ({ page, shop }) => {
  test.slow()
  await shop.enter_desk()
  const bar = page.getByRole('navigation', { name: 'Desk' }).getByRole('link')
  const links = await bar.evaluateAll((all) => all.map((link) => link.getAttribute('href')!))
  expect(links.length).toBeGreaterThan(10)
  for (const link of links) {
    const wasm: string[] = []
    page.on('request', (request) => request.url().endsWith('.wasm') && wasm.push(request.url()))
    expect((await page.goto(link))!.status(), link).toBe(200)
    const here = bar.and(page.locator('[aria-current="page"]'))
    await expect(here).toHaveAttribute('href', link)
    await expect(here).toBeInViewport({ ratio: 1 })
    await expect_accessible(page)
    expect(wasm, link).toEqual([])
  }
  // As when a phone is turned.
  await page.setViewportSize({ width: 390, height: 844 })
  await expect(bar.and(page.locator('[aria-current="page"]'))).toBeInViewport({ ratio: 1 })
})
