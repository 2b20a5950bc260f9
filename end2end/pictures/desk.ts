// What staff see of customers, money, and what comes and goes.

import { main } from '../desk'
import { type Camera } from './camera'
import { type Payments, ada } from './customers'

export async function look_around(owner: Camera, ids: Payments) {
  const { page } = owner
  await owner.visit('desk', '/admin')
  await owner.visit('desk-charts', '/admin', { at: page.locator('.charts') })
  await owner.visit('desk-attention', '/admin/attention')
  await owner.visit('desk-customers', '/admin/customers')
  await owner.visit('desk-transactions', '/admin/transactions')
  await owner.visit('desk-transaction', `/admin/transactions/${ids.pack}`)
  await owner.visit('desk-search', '/admin/search?q=4242')
  await owner.visit('desk-inbox', '/admin/inbox')
  await page.locator('.desk-table tbody th a').first().click()
  await page.waitForURL(/\/admin\/inbox\/[^/]+$/)
  await owner.take('desk-event')
  await owner.visit('desk-mails', '/admin/mails')
  await page.goto(`/admin/mails?email=${encodeURIComponent(ada.email)}`)
  await main(page).getByRole('link', { name: 'welcome' }).click()
  await page.waitForURL(/\/admin\/mails\/[^/]+$/)
  await page.frameLocator('iframe').getByRole('heading').first().waitFor()
  await owner.take('desk-mail')
  await owner.visit('desk-deliveries', '/admin/deliveries')
}

/** A customer who calls. */
export async function help(owner: Camera, mira: Camera, ids: Payments) {
  const { page } = owner
  const form = main(page)
  await page.goto(`/admin/search?q=${encodeURIComponent(ada.email)}`)
  await page.waitForURL(/\/admin\/customers\/[^/]+$/)
  const customer = new URL(page.url()).pathname
  await page.getByLabel('New note').fill('Called about a receipt; wants one with her company’s name. Friendly.')
  await form.getByRole('button', { name: 'Keep the note' }).click()

  await mira.page.goto(`${customer}/give`)
  await fill(mira, { Credits: '1200', Why: 'Her whole series came out blank' })
  await mira.page.keyboard.press('Enter')
  await main(mira.page).getByRole('button', { name: 'Ask a second person' }).waitFor()
  await mira.take('desk-give-sure')
  await main(mira.page).getByRole('button', { name: 'Ask a second person' }).click()
  await mira.page.waitForURL(/\/admin\/proposals\/[^/]+/)
  const proposal = new URL(mira.page.url()).pathname
  await owner.visit('desk-proposal', proposal)
  await page.getByLabel('Why').fill('Seen her pictures: they are blank')

  await owner.visit('desk-give', `${customer}/give`)
  await owner.visit('desk-take', `${customer}/take`)
  await owner.visit('desk-refund', `/admin/transactions/${ids.pack}/refund`)
  await fill(owner, { Amount: '8.00', Why: 'Every second picture was blank' })
  await page.keyboard.press('Enter')
  await form.getByText('are taken back').first().waitFor()
  await owner.take('desk-refund-sure')
  await form.getByRole('button', { name: 'Refund $8.00' }).click()
  await page.getByRole('status').filter({ hasText: 'The refund is made' }).waitFor()

  await owner.visit('desk-customer-plan', `${customer}/plan`)
  await page.getByLabel('What is done').selectOption({ index: 1 })
  await fill(owner, { Why: 'Asked for it on the phone' })
  await form.getByRole('button', { name: 'See what it does' }).click()
  await form.getByRole('button', { name: 'See what it does' }).waitFor({ state: 'detached' })
  await owner.take('desk-customer-plan-sure')
  await owner.visit('desk-customer', customer)
  await owner.visit('desk-customer-statement', customer, { at: page.locator('#statement') })

  await owner.visit('desk-view', `${customer}/view`)
  await fill(owner, { Why: 'She called about a receipt' })
  await page.keyboard.press('Enter')
  await page.waitForURL('**/account')
  await owner.take('desk-view-account')
  await owner.shop.make_picture()
  await owner.take('desk-view-closed')
  await page.goto('/account')
  await page.getByRole('button', { name: 'End looking' }).click()
  await page.waitForURL(/\/admin\/customers\//)
}

/** Yesterday, and a settlement file: one line as it should be, three as they should not. */
export async function reconcile(owner: Camera) {
  const { page } = owner
  const form = main(page)
  await page.goto('/admin/reconciliation')
  await form.getByRole('button', { name: 'Compare' }).click()
  await form.getByText('Finished', { exact: true }).first().waitFor()

  await owner.visit('desk-upload', '/admin/reconciliation/upload')
  const [right, wrong] = await settled_before_today(owner)
  const lines = [
    'type,reference,payment,transaction,amount,currency,fee,created',
    ...[right!, { ...wrong!, amount: wrong!.amount - 200 }].map(
      ({ id, reference, amount, created_at }, at) =>
        `payment,ch_${at},${reference},${id},${(amount / 100).toFixed(2)},usd,0.45,${created_at}`,
    ),
    `payment,ch_3QkZt1,pi_3QkZt1,,60.00,usd,2.04,${right!.created_at}`,
    `payment,ch_3QkZt2,pi_3QkZt2,,five,usd,0.45,${right!.created_at}`,
  ]
  const file = { name: 'settlement.csv', mimeType: 'text/csv', buffer: Buffer.from(lines.join('\n')) }
  await page.getByLabel('File', { exact: true }).setInputFiles(file)
  await form.getByRole('button', { name: 'Upload and compare' }).click()
  await page.waitForURL(/\/admin\/reconciliation\/[0-9a-f-]{36}/)
  await form.getByText('Finished', { exact: true }).first().waitFor()
  await owner.take('desk-run')
  await form.locator('a[href^="/admin/findings/"]').first().click()
  await page.waitForURL(/\/admin\/findings\/[^/]+$/)
  await owner.take('desk-finding')
  await owner.visit('desk-reconciliation', '/admin/reconciliation')
}

async function fill({ page }: Camera, values: Record<string, string>) {
  for (const [label, value] of Object.entries(values)) {
    await main(page).getByLabel(label, { exact: true }).fill(value)
  }
}

/** Payments of the history, which are old enough to stand in a file. */
async function settled_before_today({ page }: Camera) {
  const yesterday = new Date(Date.now() - 24 * 3600 * 1000).toISOString().slice(0, 10)
  const csv = await (await page.request.get(`/admin/transactions.csv?state=succeeded&to=${yesterday}`)).text()
  const [names, ...rows] = csv.trim().split(/\r?\n/).map((line) => line.split(','))
  const of = (row: string[], name: string) => row[names!.indexOf(name)]!
  const all = rows.map((row) => ({
    id: of(row, 'id'),
    reference: of(row, 'reference'),
    amount: Number(of(row, 'amount')),
    created_at: of(row, 'created_at'),
  }))
  return all.filter(({ reference, amount }) => reference && amount > 200)
}
