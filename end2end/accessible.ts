// What people with other eyes, hands and screens need of a page.

import AxeBuilder from '@axe-core/playwright'
import { type Page } from '@playwright/test'
import { expect } from './shop'

/** Fits the width of the screen, and axe finds nothing. */
export async function expect_accessible(page: Page) {
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  expect.soft(overflow, `pixels to scroll sideways on ${page.url()}`).toBeLessThanOrEqual(0)
  await expect_nothing_found(page, new AxeBuilder({ page }))
}

/** All that another colour scheme changes of that. */
export async function expect_contrast(page: Page) {
  await expect_nothing_found(page, new AxeBuilder({ page }).withRules('color-contrast'))
}

async function expect_nothing_found(page: Page, axe: AxeBuilder) {
  // Colours on their way from one to another are not what anybody reads.
  await page.evaluate(async () => {
    const ways = document.getAnimations().filter((animation) => animation instanceof CSSTransition)
    await Promise.allSettled(ways.map((way) => way.finished))
  })
  const { violations } = await axe.analyze()
  expect
    .soft(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`),
      page.url(),
    )
    .toEqual([])
}
