// What the tests of the staff's desk share.

import AxeBuilder from '@axe-core/playwright'
import { type Page } from '@playwright/test'
import { expect } from './shop'

/** What a page says, without the bar beside it. */
export const main = (page: Page) => page.getByRole('main')

/** Fits the width of the screen, and axe finds nothing. */
export async function expect_accessible(page: Page) {
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  expect.soft(overflow, `pixels to scroll sideways on ${page.url()}`).toBeLessThanOrEqual(0)
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect
    .soft(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`),
      page.url(),
    )
    .toEqual([])
}
