// Makes the glyph ranges under ../fonts from Be Vietnam Pro, regular and semibold:
// signed distance fields, as MapLibre asks for them. Latin and Vietnamese letters
// are all that is in them; a map asks for other ranges too and is given nothing.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';

import Pbf from 'pbf';

const require = createRequire(import.meta.url);
const fontnik = require('fontnik');
const range = promisify(fontnik.range);
const composite = promisify(fontnik.composite);

const out = new URL('../fonts/', import.meta.url).pathname;
const source = path.dirname(require.resolve('@fontsource/be-vietnam-pro/package.json'));
const stacks = { 'Be Vietnam Pro Regular': 400, 'Be Vietnam Pro SemiBold': 600 };
const subsets = ['latin', 'latin-ext', 'vietnamese'];
const starts = [0, 256, 512, 768, 7680, 7936, 8192];

// named gives the stack its own name, which compositing makes a list of subsets.
function named(bytes, name) {
  const stack = new Pbf(bytes).readFields((tag, all, r) => {
    if (tag === 1) all.push(r.readBytes());
  }, []);
  const w = new Pbf();
  for (const one of stack) {
    const glyphs = new Pbf(one).readFields((tag, s, r) => {
      if (tag === 2) s.range = r.readString();
      if (tag === 3) s.glyphs.push(r.readBytes());
    }, { range: '', glyphs: [] });
    w.writeMessage(1, (_, inner) => {
      inner.writeStringField(1, name);
      inner.writeStringField(2, glyphs.range);
      for (const g of glyphs.glyphs) inner.writeBytesField(3, g);
    }, null);
  }
  return w.finish();
}

for (const [name, weight] of Object.entries(stacks)) {
  const dir = path.join(out, name);
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  const fonts = await Promise.all(subsets.map((s) => readFile(path.join(source, 'files', `be-vietnam-pro-${s}-${weight}-normal.woff`))));
  let total = 0;
  for (const start of starts) {
    const end = start + 255;
    const parts = await Promise.all(fonts.map((font) => range({ font, start, end })));
    const bytes = named(await composite(parts), name);
    total += bytes.length;
    await writeFile(path.join(dir, `${start}-${end}.pbf`), bytes);
  }
  console.log(`${name}: ${starts.length} ranges, ${total} bytes`);
}
await writeFile(path.join(out, 'OFL.txt'), await readFile(path.join(source, 'LICENSE')));
