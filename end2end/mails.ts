// The mails that the shop has written: files in its folder, as long as no mail
// server takes them.

import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'

export type Mail = { to: string; subject: string; text: string }

/** The newest mail to this address whose subject says so. Waits for it. */
export async function mail_to(email: string, subject: string): Promise<Mail> {
  let found: Mail | undefined
  await expect(async () => {
    const mails = await all_mails()
    found = mails.filter((mail) => mail.to === email && mail.subject.includes(subject)).at(-1)
    expect(found, `no mail to ${email} says "${subject}"`).toBeDefined()
  }).toPass({ timeout: 10_000, intervals: [50, 100, 250] })
  return found!
}

/** The address of the link in a mail: /confirm/…, /reset/… or /pay/… */
export function link_in(mail: Mail, path: string) {
  const link = new RegExp(`https?://\\S+/${path}/[0-9a-f-]+`).exec(mail.text)
  if (!link) throw new Error(`no link to /${path} in: ${mail.text}`)
  return link[0]
}

/** Oldest first: their names are made of the time. */
async function all_mails(): Promise<Mail[]> {
  const folder = process.env.MAIL_FOLDER!
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.eml'))
  return Promise.all(names.sort().map(async (name) => parse(await readFile(join(folder, name), 'utf8'))))
}

function parse(raw: string): Mail {
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(raw)?.[1]?.trim() ?? ''
  return { to: header('To'), subject: header('Subject'), text: unquoted(raw) }
}

/** Quoted-printable undone, as far as links need it. */
function unquoted(text: string) {
  return text.replace(/=\r?\n/g, '').replace(/=3D/g, '=')
}
