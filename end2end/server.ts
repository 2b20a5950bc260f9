// Shops for the tests: started as `make run` starts one, but in an empty folder
// and on free ports, and stopped at the end as an operator would.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const start_within_ms = 15_000
const stop_within_ms = 10_000

/** The shop that all tests share. Their processes inherit where it is. */
export default async function start_shared_shop() {
  const { stop, settings } = await start_shop()
  Object.assign(process.env, settings)
  return stop
}

/** What a test must know of a shop; `shop.ts` and `mails.ts` read it from the environment. */
export type Settings = Record<'SHOP_URL' | 'SANDBOX_URL' | 'MAIL_FOLDER' | 'OWNER_PASSWORD', string>

/** Starts a shop with a sandbox of its own, and with the made-up history of so many customers. */
export async function start_shop(customers = 0): Promise<{ settings: Settings; stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'tender-end2end-'))
  const address = `127.0.0.1:${await free_port()}`
  const sandbox = `127.0.0.1:${await free_port()}`

  const build = process.env.END2END_BUILD ?? 'release'
  const env = { ...without_settings(process.env), TENDER_ADDR: address, TENDER_SANDBOX_ADDR: sandbox }
  const here = { cwd: folder, env }
  if (customers) {
    const history = ['demo', '--customers', `${customers}`]
    await promisify(execFile)(file(`../target/${build}/tender`), history, here)
  }

  const shop = spawn(file('../setup/serve'), [build], { ...here, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [shop.stdout, shop.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => (said += text))
  }

  const stop = async () => {
    try {
      await end(shop)
    } catch (error) {
      throw new Error(`${(error as Error).message}. It said:\n${said}`)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  try {
    await ready(shop, `http://${address}`)
  } catch (error) {
    await stop().catch(() => {})
    throw new Error(`${(error as Error).message}. It said:\n${said}`)
  }
  const settings = {
    SHOP_URL: `http://${address}`,
    SANDBOX_URL: `http://${sandbox}`,
    MAIL_FOLDER: join(folder, '.data', 'mail'),
    OWNER_PASSWORD: /password:?\s+(\S+)/i.exec(said)?.[1] ?? '',
  }
  return { settings, stop }
}

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))

async function ready(shop: ChildProcess, url: string) {
  const deadline = Date.now() + start_within_ms
  while (Date.now() < deadline) {
    if (shop.exitCode !== null) throw new Error(`The shop ended at once with ${shop.exitCode}`)
    const answer = await fetch(`${url}/readyz`).catch(() => undefined)
    if (answer?.ok) return
    await sleep(50)
  }
  throw new Error(`The shop was not ready within ${start_within_ms} ms`)
}

async function end(shop: ChildProcess) {
  if (shop.exitCode !== null) throw new Error(`The shop ended by itself with ${shop.exitCode}`)
  if (shop.signalCode !== null) throw new Error(`The shop was ended by ${shop.signalCode}`)
  const ended = once(shop, 'exit')
  shop.kill('SIGTERM')
  const outcome = await Promise.race([ended, sleep(stop_within_ms)])
  if (!outcome) {
    shop.kill('SIGKILL')
    await ended
    throw new Error(`The shop did not stop within ${stop_within_ms} ms of SIGTERM`)
  }
  if (outcome[0] !== 0) throw new Error(`The shop stopped with ${outcome[0] ?? outcome[1]}, not 0`)
}

// What a developer has set for their own shop is not for this one.
function without_settings(env: NodeJS.ProcessEnv) {
  const ours = /^(TENDER_|STRIPE_|SMTP_URL$|DATABASE_URL$)/
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.test(name)))
}

async function free_port() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
