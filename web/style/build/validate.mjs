// Validates every style against the style specification.
//
//   node validate.mjs http://127.0.0.1:8080    all styles of a running server, with
//                                              what they point at
//   node validate.mjs FILE…                    styles in files
//
// Ends with status 1 where anything is wrong.
import { readFile } from 'node:fs/promises';

import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';

const names = ['sang', 'toi', 'nhat'];
const languages = ['vi', 'en'];
let failed = 0;
const complain = (where, what) => {
  failed++;
  console.error(`${where}: ${what}`);
};

function check(where, style) {
  for (const e of validateStyleMin(style)) complain(where, e.message);
  console.log(`${where}: ${style.layers.length} layers`);
}

// pointedAt asks for what a style names: sprite, glyphs and sources.
async function pointedAt(where, style) {
  const at = (url, suffix) => url.replace(/(\?|$)/, `${suffix}$1`);
  const stacks = new Set(JSON.stringify(style.layers).match(/Be Vietnam Pro \w+/g));
  const all = [
    ...['.json', '.png', '@2x.json', '@2x.png'].map((s) => at(style.sprite, s)),
    ...[...stacks].map((s) => style.glyphs.replace('{fontstack}', encodeURIComponent(s)).replace('{range}', '0-255')),
    ...Object.values(style.sources).flatMap((s) => s.url ?? []),
  ];
  for (const url of all) {
    const r = await fetch(url);
    await r.arrayBuffer();
    if (!r.ok) complain(where, `${url} answers ${r.status}`);
  }
}

const asked = process.argv.slice(2);
if (asked.length === 0) complain('validate', 'name a server or files');
for (const what of asked) {
  if (!/^https?:/.test(what)) {
    check(what, JSON.parse(await readFile(what, 'utf8')));
    continue;
  }
  for (const name of names) {
    for (const lang of languages) {
      const url = `${what.replace(/\/$/, '')}/styles/${name}.json?lang=${lang}`;
      const r = await fetch(url);
      if (!r.ok) {
        complain(url, `answers ${r.status}`);
        continue;
      }
      const style = await r.json();
      check(url, style);
      await pointedAt(url, style);
    }
  }
}
process.exit(failed ? 1 : 0);
