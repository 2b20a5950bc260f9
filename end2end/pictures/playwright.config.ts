import { defineConfig } from '@playwright/test'
import tests from '../playwright.config'

// Not a test: it is run by `make pictures` alone, in one browser that makes itself wide and narrow.
export default defineConfig({
  testDir: '.',
  workers: 1,
  timeout: 15 * 60_000,
  expect: tests.expect,
  reporter: 'list',
  use: tests.use,
})
