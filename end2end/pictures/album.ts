// Writes docs/PAGES.md, and looks whether every page of the shop is in it.

import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { file_of, lights, taken, widths } from './camera'
import { type Picture, chapters, pictures } from './pages'

const root = new URL('../../', import.meta.url)

/** What the album lacks: a page that is not in it, a picture that was not taken. */
export async function missing(): Promise<string[]> {
  const tables = await Promise.all(
    ['app/src/shell.rs', 'app/src/desk/mod.rs'].map((path) => readFile(new URL(path, root), 'utf8')),
  )
  const routes = [...tables.join().matchAll(/path!\("([^"]+)"\)/g)].map(([, route]) => route!)
  const shown = new Set(pictures.map(({ route }) => route))
  const unseen = routes.filter((route) => !shown.has(route)).map((route) => `no picture of ${route}`)
  const wanted = pictures.flatMap(({ name }) => files_of(name))
  const there = new Set(await taken())
  return [...unseen, ...wanted.filter((file) => !there.has(file)).map((file) => `${file} was not taken`)]
}

const files_of = (name: string) =>
  lights.flatMap((light) => Object.keys(widths).map((width) => file_of(name, light, width)))

export async function write_album() {
  const text = `# Its pages

Each page as it is in light and dark, 1440 and 390 pixels wide; a click shows one in full. What they show is made up. \`make pictures\` takes them anew and writes this page; it ends with an error if a page of the shop or of the desk is missing here, or answers otherwise than it should.
${Object.entries(chapters).map(chapter).join('')}`
  await writeFile(fileURLToPath(new URL('docs/PAGES.md', root)), text)
}

const chapter = ([title, pages]: [string, Picture[]]) => `
## ${title}

| page | light | dark |
|---|---|---|
${pages.map(row).join('\n')}
`

function row({ name, route, says, status }: Picture) {
  const answer = status === 200 ? '' : `, ${status}`
  const cells = lights.map((light) => `${shown(name, light, 'wide')} ${shown(name, light, 'narrow')}`)
  return `| **${says}**<br>\`${route}\`${answer} | ${cells.join(' | ')} |`
}

/** Small, both as high as each other. Whoever clicks sees it in full. */
function shown(name: string, light: string, width: keyof typeof widths) {
  const high = 150
  const wide = Math.round((widths[width].width * high) / widths[width].height)
  return `<img width="${wide}" alt="${light}, ${width}" src="pictures/${file_of(name, light, width)}">`
}
