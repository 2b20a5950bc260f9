// Puts a .br and a .gz beside every file of a folder that shrinks by it.

import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync, constants } from 'node:zlib'

const compressible = /\.(css|js|svg|txt|wasm)$/

for (const entry of await readdir(process.argv[2], { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !compressible.test(entry.name)) continue
  const path = join(entry.parentPath ?? entry.path, entry.name)
  const bytes = await readFile(path)
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
  await writeFile(`${path}.br`, brotliCompressSync(bytes, { params: quality }))
  await writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 }))
}
