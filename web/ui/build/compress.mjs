// Writes a .br and a .gz beside each file of dist that shrinks, so that the server
// sends the smallest a browser takes and compresses nothing itself.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = new URL('../dist', import.meta.url).pathname;
const text = /\.(js|mjs|css|html|svg|json|webmanifest|map|md)$/;

for (const name of readdirSync(dist, { recursive: true })) {
  const path = join(dist, name);
  if (!text.test(name) || !statSync(path).isFile()) continue;
  const raw = readFileSync(path);
  const forms = {
    br: brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length } }),
    gz: gzipSync(raw, { level: 9 }),
  };
  for (const [ending, bytes] of Object.entries(forms)) {
    if (bytes.length < raw.length * 0.95) writeFileSync(`${path}.${ending}`, bytes);
  }
}
