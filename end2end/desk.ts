// What the tests of the staff's desk share.

import { createHmac } from 'node:crypto'
import { type Page } from '@playwright/test'
import { link_in, mail_to } from './mails'
import { type Account, type Shop, expect } from './shop'

export { expect_accessible } from './accessible'

/** What a page says, without the bar beside it. */
export const main = (page: Page) => page.getByRole('main')

/** The code that an app with this secret shows now (RFC 6238). */
export function code_of(secret: string) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret.replaceAll(' ', '')].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0'))
  const bytes = bits.join('').match(/.{8}/g)!.map((byte) => parseInt(byte, 2))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const mac = createHmac('sha1', Buffer.from(bytes)).update(step).digest()
  const number = mac.readUInt32BE(mac[19]! & 15) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, '0')
}

/** An owner adds somebody on the staff's page, who sets a password and is about to sign in. */
export async function add_colleague(staff: Page, role: string, account: Account, theirs: Shop) {
  await main(staff).getByLabel('Email').fill(account.email)
  await main(staff).getByLabel('Role').selectOption(role)
  await main(staff).getByRole('button', { name: 'Add and send the link' }).press('Enter')
  await expect(staff.getByRole('status').filter({ hasText: 'on its way' })).toBeVisible()
  await theirs.page.goto(link_in(await mail_to(account.email, 'Welcome to the staff'), 'reset'))
  await theirs.page.getByLabel('New password').fill(account.password)
  await main(theirs.page).getByRole('button', { name: 'Set the password' }).press('Enter')
  await theirs.page.waitForURL(/\/sign-in/)
}

/** A device that keeps passkeys, and knows its owner. */
export async function add_device(page: Page) {
  const devices = await page.context().newCDPSession(page)
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
  return { devices, authenticatorId }
}
