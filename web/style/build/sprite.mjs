// Makes ../sprite/sprite{,@2x}.{json,png}: every icon as a signed distance field,
// so that a style gives it its colour, ring and size. Artwork is maki's and
// temaki's (both CC0) and what stands in svg/.
//
// Three families of images:
//   NAME                              the bare glyph of icons.json
//   camera-KIND{,-maintenance,-offline}   a rounded square around a glyph
//   incident-GLYPH-{1,2,3,done}       a disc around a glyph, with one ring more a level
// The glyph of a badge is cut out of it. The field there is held just beyond the
// edge, so a halo of a pixel or more fills the glyph as well as the rim: one image
// has two colours, icon-color and icon-halo-color.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

import { Resvg } from '@resvg/resvg-js';
import { PNG } from 'pngjs';

const require = createRequire(import.meta.url);
const here = (p) => new URL(p, import.meta.url);
const json = async (p) => JSON.parse(await readFile(here(p), 'utf8'));

const icons = await json('icons.json');
const symbols = await json('../symbols.json');

const fine = 16; // cells a pixel of the map in which shapes are measured
const reach = 8; // pixels that a byte of the field spans; the edge is at 3/4 of it
const pad = 3; // pixels around a shape for its halo
const cut = 1; // pixels beyond the edge at which the field in a cut-out stops falling
const deep = 1.25; // pixels inside the edge at which it stops rising: no style asks for more
const step = 1 / 16; // pixels to which it is rounded: finer is not seen, and costs bytes
const art = 15; // pixels of a glyph's artwork

const folders = {
  maki: path.join(path.dirname(require.resolve('@mapbox/maki/package.json')), 'icons'),
  temaki: path.join(path.dirname(require.resolve('@rapideditor/temaki/package.json')), 'icons'),
  own: here('svg').pathname,
};

async function artwork(name) {
  const [from, file] = icons[name].split('/');
  const svg = await readFile(path.join(folders[from], `${file}.svg`), 'utf8');
  return svg.replace(/^[\s\S]*?<svg[^>]*>/, '').replace(/<\/svg>\s*$/, '');
}

// glyph is a function that says whether a place, in pixels from the middle, is
// inside the artwork drawn size pixels wide.
async function glyph(name, size) {
  const n = size * fine;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${n}" height="${n}" viewBox="0 0 ${art} ${art}">${await artwork(name)}</svg>`;
  const { pixels } = new Resvg(svg).render();
  return (x, y) => {
    const i = Math.floor((x + size / 2) * fine);
    const j = Math.floor((y + size / 2) * fine);
    return i >= 0 && j >= 0 && i < n && j < n && pixels[4 * (j * n + i) + 3] > 127;
  };
}

const disc = (r) => (x, y) => x * x + y * y < r * r;
const box = (half, round) => (x, y) => {
  const a = Math.max(Math.abs(x) - half + round, 0);
  const b = Math.max(Math.abs(y) - half + round, 0);
  return a * a + b * b < round * round;
};
const less = (a, b) => (x, y) => a(x, y) && !b(x, y);
const any = (...all) => (x, y) => all.some((s) => s(x, y));

// A shape is drawn half pixels around its middle; hold says where the field is held.
const shapes = {};
for (const name of Object.keys(icons)) shapes[name] = { half: art / 2, inside: await glyph(name, art) };

shapes.dot = { half: 4, inside: disc(4) };
shapes.circle = { half: 8, inside: disc(8) };
shapes.ring = { half: 8, inside: less(disc(8), disc(5.75)) };
shapes.square = { half: 7, inside: box(7, 1.5) };
shapes.diamond = { half: 8, inside: (x, y) => Math.abs(x) + Math.abs(y) < 8 };
shapes.triangle = { half: 8, inside: (x, y) => y < 6 && y > 2 * Math.abs(x) - 8 };
shapes['boundary-mark'] = { half: 6, inside: any(less(disc(6), disc(4.25)), disc(1.75)) };
// What a camera looks at: a fan that opens to the north.
shapes.cone = { half: 28, inside: (x, y) => disc(28)(x, y) && -y > Math.abs(x) * 1.6 && !disc(10)(x, y) };

const body = box(10.5, 5);
const rim = 1.9;
// The slash of what is out of order, and the room beside it.
const slash = (width) => (x, y) => Math.abs(x + y) < width * Math.SQRT2 && body(x, y);
for (const { kind, glyph: name } of symbols.cameras.kinds) {
  const g = await glyph(name, 14);
  const badge = (inside) => ({ half: 10.5, inside, hold: body });
  shapes[`camera-${kind}`] = badge(less(body, g));
  shapes[`camera-${kind}-maintenance`] = badge(any(less(body, box(10.5 - rim, 5 - rim)), g));
  shapes[`camera-${kind}-offline`] = badge(less(any(less(body, g), slash(2.6)), slash(0.9)));
}

const core = disc(11.5);
const band = (n) => less(disc(11.5 + n * 3.1), disc(11.5 + n * 3.1 - 1.7));
const categories = [...symbols.incidents.categories.map((c) => c.glyph), symbols.incidents.otherwise];
for (const name of categories) {
  const g = await glyph(name, 14);
  const solid = less(core, g);
  shapes[`incident-${name}-1`] = { half: 11.5, inside: solid, hold: core };
  shapes[`incident-${name}-2`] = { half: 14.6, inside: any(solid, band(1)), hold: core };
  shapes[`incident-${name}-3`] = { half: 17.7, inside: any(solid, band(1), band(2)), hold: core };
  shapes[`incident-${name}-done`] = { half: 11.5, inside: any(less(core, disc(11.5 - rim)), g), hold: core };
}

// transform is the squared distance of each cell to the nearest cell that is on,
// exact, by the lower envelope of parabolas (Felzenszwalb and Huttenlocher 2012).
function transform(on, n) {
  const far = 1e12;
  const d = new Float64Array(n * n);
  for (let i = 0; i < d.length; i++) d[i] = on[i] ? 0 : far;
  const f = new Float64Array(n);
  const v = new Int32Array(n);
  const z = new Float64Array(n + 1);
  const pass = (from, step) => {
    for (let i = 0; i < n; i++) f[i] = d[from + i * step];
    let k = 0;
    v[0] = 0;
    z[0] = -far;
    z[1] = far;
    for (let q = 1; q < n; q++) {
      let s;
      do {
        const p = v[k];
        s = (f[q] + q * q - f[p] - p * p) / (2 * (q - p));
      } while (s <= z[k] && --k >= 0);
      k++;
      v[k] = q;
      z[k] = s;
      z[k + 1] = far;
    }
    k = 0;
    for (let q = 0; q < n; q++) {
      while (z[k + 1] < q) k++;
      d[from + q * step] = (q - v[k]) ** 2 + f[v[k]];
    }
  };
  for (let i = 0; i < n; i++) pass(i, n);
  for (let j = 0; j < n; j++) pass(j * n, 1);
  return d;
}

// field is the bytes of a shape at both densities, and its width in pixels.
function field({ half, inside, hold }) {
  const width = 2 * Math.ceil(half + pad);
  const n = width * fine;
  const at = (i) => (i + 0.5) / fine - width / 2;
  const on = new Uint8Array(n * n);
  const off = new Uint8Array(n * n);
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < n; i++) {
      on[j * n + i] = inside(at(i), at(j)) ? 1 : 0;
      off[j * n + i] = 1 - on[j * n + i];
    }
  }
  const out = transform(on, n);
  const within = transform(off, n);
  const sample = (ratio) => {
    const size = width * ratio;
    const bytes = new Uint8Array(size * size);
    const cells = fine / ratio;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        // The middle of a pixel is the corner of four cells: their mean.
        let sum = 0;
        for (const [a, b] of [[0, 0], [1, 0], [0, 1], [1, 1]]) {
          const i = x * cells + cells / 2 - a;
          const j = y * cells + cells / 2 - b;
          const c = j * n + i;
          sum += on[c] ? Math.sqrt(within[c]) - 0.5 : 0.5 - Math.sqrt(out[c]);
        }
        let d = sum / 4 / fine;
        if (hold?.((x + 0.5) / ratio - width / 2, (y + 0.5) / ratio - width / 2)) d = Math.max(d, -cut);
        d = Math.round(Math.min(d, deep) / step) * step;
        bytes[y * size + x] = d < -pad ? 0 : Math.round((0.75 + d / reach) * 255);
      }
    }
    return bytes;
  };
  return { width, 1: sample(1), 2: sample(2) };
}

const made = Object.entries(shapes).map(([name, s]) => ({ name, ...field(s) }));
made.sort((a, b) => b.width - a.width || (a.name < b.name ? -1 : 1));

const wide = 512; // pixels of the sheet
let x = 0;
let y = 0;
let tall = 0;
for (const m of made) {
  if (x + m.width > wide) {
    x = 0;
    y += tall;
    tall = 0;
  }
  Object.assign(m, { x, y });
  x += m.width;
  tall = Math.max(tall, m.width);
}
const high = y + tall;

const out = here('../sprite/');
await mkdir(out, { recursive: true });
for (const ratio of [1, 2]) {
  const png = new PNG({ width: wide * ratio, height: high * ratio });
  const index = {};
  for (const m of [...made].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const size = m.width * ratio;
    index[m.name] = { x: m.x * ratio, y: m.y * ratio, width: size, height: size, pixelRatio: ratio, sdf: true };
    for (let j = 0; j < size; j++) {
      for (let i = 0; i < size; i++) png.data[4 * ((m.y * ratio + j) * wide * ratio + m.x * ratio + i) + 3] = m[ratio][j * size + i];
    }
  }
  const name = ratio === 1 ? 'sprite' : 'sprite@2x';
  const bytes = PNG.sync.write(png, { colorType: 4, inputColorType: 6, filterType: 4, deflateLevel: 9 });
  await writeFile(new URL(`${name}.png`, out), bytes);
  await writeFile(new URL(`${name}.json`, out), JSON.stringify(index, null, 1) + '\n');
  console.log(`${name}: ${made.length} images, ${wide * ratio} × ${high * ratio}, ${bytes.length} bytes`);
}
