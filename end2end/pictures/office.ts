// What staff see of what is sold, of each other, and of what is let in.

import { type Browser } from '@playwright/test'
import { add_colleague, add_device, code_of, main } from '../desk'
import { shop_url } from '../shop'
import { type Camera, camera } from './camera'

const password = 'correct horse battery 9'
const mira = { email: 'mira@tender.example', password }
const jon = { email: 'jon@tender.example', password }

/** Mira moves money and has an app; Jon looks and has a passkey. */
export async function colleagues(browser: Browser, owner: Camera) {
  const { page } = owner
  // Passkeys are made for a name.
  const baseURL = shop_url().replace('127.0.0.1', 'localhost')
  const miras = await camera(browser)
  await page.goto('/admin/staff')
  await add_colleague(page, 'admin', mira, miras.shop)
  await miras.shop.sign_in(mira)
  await miras.take('desk-security-none')
  await main(miras.page).getByRole('button', { name: 'Set up an app' }).click()
  const secret = await main(miras.page).locator('.secret').innerText()
  await miras.take('desk-authenticator')
  await miras.page.getByLabel('The code that the app shows now').fill(code_of(secret))
  await main(miras.page).getByRole('button', { name: 'Use this app' }).click()
  await main(miras.page).getByRole('link', { name: 'I have kept them' }).click()

  const jons = await camera(browser, { baseURL })
  await page.goto('/admin/staff')
  await add_colleague(page, 'support', jon, jons.shop)
  await add_device(jons.page)
  await jons.shop.sign_in(jon)
  await main(jons.page).getByRole('link', { name: 'Add a passkey' }).click()
  await jons.page.getByLabel('Name').fill('Laptop')
  await jons.take('desk-passkeys')
  await main(jons.page).getByRole('button', { name: 'Add a passkey' }).click()
  await main(jons.page).getByRole('link', { name: 'I have kept them' }).click()
  await jons.page.goto('/admin/security')
  await main(jons.page).getByRole('link', { name: 'Laptop' }).click()
  await jons.page.waitForURL(/\/passkeys\/[^/]+$/)
  await jons.take('desk-passkey')
  await jons.visit('desk-security', '/admin/security')
  await main(jons.page).getByRole('button', { name: 'Make new recovery codes' }).click()
  await jons.page.waitForURL('**/recovery-codes')
  await jons.take('desk-recovery-codes')
  await jons.page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await jons.page.waitForURL((url) => url.pathname === '/')
  await jons.shop.sign_in(jon)
  await jons.page.goto('/admin')
  await jons.page.waitForURL(/\/admin\/security/)
  await jons.take('desk-security-ask')
  return miras
}

/** Products that are told what happens: one listens, one has gone. */
export async function programs(owner: Camera, product: string) {
  const { page } = owner
  for (const url of [`${product}/hooks`, `${product}/gone`]) {
    await page.goto('/admin/endpoints')
    await page.getByLabel('Address').fill(url)
    await main(page).getByRole('button', { name: 'Add and show the secret' }).click()
    await page.getByRole('status').locator('.secret').waitFor()
  }
  await page.goto('/admin/keys')
  for (const name of ['Warehouse', 'Studio app']) {
    await page.getByLabel('Name').fill(name)
    await main(page).getByRole('button', { name: 'Add and show the key' }).click()
    await page.getByRole('status').locator('.secret').waitFor()
  }
  await owner.take('desk-keys')
  await page.locator('.desk-table tbody th a').first().click()
  await page.waitForURL(/\/admin\/keys\/[^/]+$/)
  await owner.take('desk-key')
}

export async function let_in(owner: Camera) {
  const { page } = owner
  await owner.visit('desk-endpoints', '/admin/endpoints')
  await main(page).getByRole('link', { name: /\/hooks$/ }).click()
  await page.waitForURL(/\/admin\/endpoints\/[^/]+$/)
  await owner.take('desk-endpoint')
  const endpoint = page.url()
  await main(page).getByRole('button', { name: 'Send a test event' }).click()
  await page.waitForURL(/\/test$/)
  await owner.take('desk-endpoint-test')
  await page.goto(endpoint)
  await main(page).getByRole('button', { name: 'Show the secret' }).click()
  await page.waitForURL(/\/secret$/)
  await owner.take('desk-endpoint-secret')
  await page.goto(endpoint)
  await page.getByLabel('Since').fill('2099-01-01')
  await main(page).getByRole('button', { name: 'Tell it once more' }).click()
  await page.waitForURL(/\/replay$/)
  await owner.take('desk-endpoint-replay')
  await owner.visit('desk-staff', '/admin/staff')
  await main(page).getByRole('link', { name: mira.email }).click()
  await page.waitForURL(/\/admin\/staff\/[^/]+$/)
  await owner.take('desk-member')
  await owner.visit('desk-audit', '/admin/audit')
  await page.goto('/admin/settings')
  // Where it was built is nobody's concern.
  const built = main(page).getByText('/target/site')
  await built.evaluate((element) => (element.textContent = 'target/site'))
  await owner.take('desk-settings')
  await owner.visit('desk-not-found', '/admin/no/such/page')
}

export async function catalogue(owner: Camera) {
  const { page } = owner
  const form = main(page)
  await owner.visit('desk-new', '/admin/catalogue/new/coupon')
  await form.getByLabel('Code').fill('WINTER30')
  await form.getByLabel('Name').fill('Winter, 30 % off')
  await form.getByLabel('Percent off').fill('30')
  await form.getByLabel('Why').fill('For the dark months')
  await form.getByLabel('Why').press('Enter')
  await form.getByRole('button', { name: 'Publish it' }).waitFor()
  await owner.take('desk-new-sure')
  await form.getByRole('button', { name: 'Publish it' }).click()
  await form.getByRole('status').filter({ hasText: 'Published' }).waitFor()
  await owner.take('desk-code')
  await owner.visit('desk-code-change', '/admin/catalogue/codes/WINTER30/change')

  await owner.visit('desk-offer-change', '/admin/catalogue/offers/studio/change')
  await form.getByLabel('Price', { exact: true }).fill('70')
  await form.getByLabel('Why').fill('A new year')
  await form.getByLabel('Why').press('Enter')
  await form.getByRole('button', { name: 'Publish it' }).waitFor()
  await owner.take('desk-offer-change-sure')
  await form.getByRole('button', { name: 'Publish it' }).click()
  await form.getByRole('status').filter({ hasText: 'Published' }).waitFor()
  await owner.visit('desk-offer', '/admin/catalogue/offers/studio')
  await owner.visit('desk-catalogue', '/admin/catalogue')

  await page.goto('/admin/catalogue/import')
  const pack = ['key = "starter"', 'name = "Starter"', 'price = "five"', 'credits = 50']
  const text = ['currency = "usd"', '', '[[pack]]', ...pack, '']
  await form.getByLabel('Or its text').fill(text.join('\n'))
  await form.getByLabel('Why').fill('Cheaper packs')
  await form.getByRole('button', { name: 'See what it does' }).click()
  await form.getByText('line 6').first().waitFor()
  await owner.take('desk-import')
}
