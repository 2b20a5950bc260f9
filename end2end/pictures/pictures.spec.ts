// Takes the pictures in docs/: fills a shop with a believable history, and goes through every page.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { expect, test } from '@playwright/test'
import { start_shop } from '../server'
import { missing, write_album } from './album'
import { camera, empty_folder } from './camera'
import { behind, customer, others, visitor } from './customers'
import { help, look_around, reconcile } from './desk'
import { catalogue, colleagues, let_in, programs } from './office'

const customers_before = 240

test('every page', async ({ browser }) => {
  const { settings, stop } = await start_shop(customers_before)
  Object.assign(process.env, settings)
  const product = createServer((request, answer) => answer.writeHead(request.url === '/gone' ? 503 : 204).end())
  await once(product.listen(0, '127.0.0.1'), 'listening')
  await empty_folder()
  const step = test.step
  try {
    const owner = await camera(browser)
    await owner.shop.enter_desk()
    const mira = await step('colleagues', () => colleagues(browser, owner))
    await step('programs', () => programs(owner, `http://127.0.0.1:${(product.address() as AddressInfo).port}`))
    await step('visitor', () => visitor(browser))
    const transactions = await step('customer', () => customer(browser))
    await step('others', () => others(browser))
    await step('help', () => help(owner, mira, transactions))
    await step('reconcile', () => reconcile(owner))
    await step('catalogue', () => catalogue(owner))
    await step('look around', () => look_around(owner, transactions))
    await step('let in', () => let_in(owner))
    await step('behind', () => behind(browser))
  } finally {
    product.close()
    await stop()
  }
  expect(await missing()).toEqual([])
  await write_album()
})
