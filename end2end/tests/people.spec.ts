// Signing up, in and out, and forms that help.

import { type Page } from '@playwright/test'
import { Shop, expect, new_account, shop_url, test } from '../shop'

test('sign up, sign out, sign in', async ({ page, shop }) => {
  const account = await shop.sign_up()
  await page.waitForURL('**/account')
  await page.getByRole('banner').getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL((url) => url.pathname !== '/account')
  await expect(page.getByRole('banner').getByRole('link', { name: 'Sign in' })).toBeVisible()
  await shop.sign_in(account)
  await shop.expect_balance(0)
})

test('what is for signed-in people leads to the sign-in and back', async ({ page, shop }) => {
  const account = await shop.sign_up()
  await page.context().clearCookies()
  await page.goto('/account')
  await page.waitForURL(/\/sign-in\?next=/)
  await shop.fill_in(account)
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('**/account')
})

test('a sign-up that cannot be: the field says why, and what was typed stays', async ({ page, shop }) => {
  const { email } = new_account()
  await page.goto('/sign-up')
  await shop.fill_in({ email, password: 'password' })
  expect(await send(page, 'Create account')).toBe(422)
  await expect(page.getByLabel('Email')).toHaveValue(email)
  await expect_error(page, 'Password')
  await expect(page.getByLabel('Password')).toHaveValue('')
})

test('an address that is taken', async ({ page, shop }) => {
  const account = await shop.sign_up()
  await page.context().clearCookies()
  await page.goto('/sign-up')
  await shop.fill_in(account)
  expect(await send(page, 'Create account')).toBe(422)
  await expect(page.getByLabel('Email')).toHaveValue(account.email)
  await expect_error(page, 'Email')
})

test('a wrong password and an unknown address get the same answer', async ({ page, shop }) => {
  const account = await shop.sign_up()
  await page.context().clearCookies()
  const answers: string[] = []
  for (const email of [account.email, new_account().email]) {
    await page.goto('/sign-in')
    await shop.fill_in({ email, password: 'not the password 1' })
    expect(await send(page, 'Sign in')).toBe(422)
    await expect(page.getByLabel('Email')).toHaveValue(email)
    answers.push((await page.getByRole('main').innerText()).replaceAll(email, ''))
  }
  expect(answers[0]).toBe(answers[1])
})

test('nobody is sent to another site after signing in', async ({ page, shop }) => {
  const account = await shop.sign_up()
  await page.context().clearCookies()
  for (const next of ['https://example.com/', '//example.com/', '/\\example.com']) {
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}`)
    await shop.fill_in(account)
    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL((url) => url.pathname !== '/sign-in')
    expect(new URL(page.url()).origin).toBe(shop_url())
    await page.context().clearCookies()
  }
})

test('another session can be ended', async ({ browser, page, shop }) => {
  const account = await shop.sign_up()
  const elsewhere = await browser.newContext({ baseURL: shop_url() })
  const other = new Shop(await elsewhere.newPage())
  await other.sign_in(account)

  await page.goto('/account')
  await page.getByRole('main').getByRole('button', { name: /^Sign out/ }).first().click()
  await expect(page.getByRole('main').getByRole('button', { name: /^Sign out/ })).toHaveCount(0)
  await other.page.goto('/account')
  await other.page.waitForURL(/\/sign-in/)
  await page.reload()
  await expect(page.getByTestId('balance')).toBeVisible()
  await elsewhere.close()
})

/** Sends the form; the status of the answer. */
async function send(page: Page, button: string) {
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === 'POST'),
    page.getByRole('main').getByRole('button', { name: button }).click(),
  ])
  return answer.status()
}

/** The field is marked, and a reader hears why. */
async function expect_error(page: Page, label: string) {
  const field = page.getByLabel(label)
  await expect(field).toHaveAttribute('aria-invalid', 'true')
  await expect(field).toHaveAccessibleDescription(/\S/)
}
