// What the tests of the staff's desk share.

import { type Page } from '@playwright/test'

export { expect_accessible } from './accessible'

/** What a page says, without the bar beside it. */
export const main = (page: Page) => page.getByRole('main')
