import { defineConfig } from '@playwright/test'

const phone = { width: 360, height: 740 }
const desktop = { width: 1440, height: 900 }

export default defineConfig({
  testDir: 'tests',
  // Starts the shop and stops it again.
  globalSetup: './server.ts',
  fullyParallel: true,
  workers: 2,
  // A test that passes the second time only is a defect.
  retries: 0,
  forbidOnly: true,
  failOnFlakyTests: true,
  timeout: 60_000,
  // Generous, because two browsers and a server share two cores; what must be
  // quick is held to its own time where it is tested.
  expect: { timeout: 10_000 },
  reporter: process.env.CI ? [['list']] : [['list'], ['html', { open: 'never' }]],
  use: {
    browserName: 'chromium',
    actionTimeout: 15_000,
    trace: 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'desktop', use: { viewport: desktop } },
    {
      name: 'phone',
      // A year takes long and looks the same; its pages are tried on a phone by plans.spec.ts.
      testIgnore: 'year.spec.ts',
      use: { viewport: phone, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
    },
  ],
})
