// What the tests do with a page: every one watches for errors in the console, for
// breaches of the content policy, and for calls to anybody but our server.
import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inflateSync } from 'node:zlib';

export const pictures = fileURLToPath(new URL('../test-results/pictures/', import.meta.url));

// The software renderer's own remarks.
const harmless = /GPU stall due to ReadPixels|GL Driver Message|Automatic fallback to software WebGL/;

export const test = base.extend<{ site: string; expected: RegExp; watched: void }>({
  site: async ({}, use) => use(process.env['LANGBIANG_URL']!),
  // Errors that a test brings about on purpose.
  expected: [/$^/, { option: true }],
  watched: [
    async ({ page, site, expected }, use) => {
      const wrong: string[] = [];
      page.on('console', (m) => {
        if ((m.type() === 'error' || m.type() === 'warning') && !harmless.test(m.text()) && !expected.test(m.text())) wrong.push(`console: ${m.text()}`);
      });
      page.on('pageerror', (e) => wrong.push(`error: ${e.message}`));
      page.on('request', (r) => {
        const u = new URL(r.url());
        if (u.protocol.startsWith('http') && u.hostname !== '127.0.0.1') wrong.push(`asked another host: ${r.url()}`);
      });
      await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (e) => console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`)));
      void site;
      await use();
      expect(wrong).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

// open goes to an address and waits until the map has drawn all it has to.
export async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await idle(page);
}

export async function idle(page: Page): Promise<void> {
  await page.locator('html[data-map-idle="1"]').waitFor({ state: 'attached', timeout: 40_000 });
}

// clickMap clicks a place of the map, in px from its middle.
export async function clickMap(page: Page, dx = 0, dy = 0): Promise<void> {
  const box = (await page.locator('.maplibregl-canvas').boundingBox())!;
  await page.mouse.click(box.x + box.width / 2 + dx, box.y + box.height / 2 + dy);
}

export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: `${pictures}${name}.png` });
  const docs = process.env['PICTURES']; // `make pictures`
  if (docs) await page.screenshot({ path: `${docs}/${name}.jpg`, type: 'jpeg', quality: 84 });
}

// accessible holds the page against the rules of WCAG 2.2 A and AA.
export async function accessible(page: Page): Promise<void> {
  const found = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
  expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join('; ')}`)).toEqual([]);
  expect(found.passes.length).toBeGreaterThan(10);
}

// A place of the demonstration city with its card, as the server tells it.
export interface Spot {
  id: string;
  lon: number;
  lat: number;
  number: string;
  sheet: string;
  floors: string;
}

// plot finds a parcel near a place whose card passes a test.
export async function plot(site: string, want: (card: Record<string, never>) => boolean, from: [number, number] = [108.436, 11.947]): Promise<Spot> {
  for (let i = 0; i < 400; i++) {
    const lon = from[0] + 0.0004 * (i % 20);
    const lat = from[1] + 0.0004 * Math.floor(i / 20);
    const r = await fetch(`${site}/api/parcels/at?lon=${lon}&lat=${lat}`);
    if (!r.ok) continue;
    const card = await r.json();
    if (want(card)) return { id: card.id, lon: card.location.lon, lat: card.location.lat, number: card.reference.number, sheet: card.reference.sheet, floors: String(card.planning.floors.max) };
  }
  throw new Error('no such parcel near there');
}

// Pixels of the page as people see it.
export interface Pixels {
  width: number;
  height: number;
  channels: number; // 3 or 4 a pixel: red, green, blue, and how opaque
  data: Uint8Array;
}

// pixels reads a part of the page. The browser writes 8 bits a channel, not interlaced.
export async function pixels(page: Page, clip: { x: number; y: number; width: number; height: number }): Promise<Pixels> {
  const png = await page.screenshot({ clip });
  const [width, height, depth, kind] = [png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]!];
  if (depth !== 8 || (kind !== 2 && kind !== 6) || png[28] !== 0) throw new Error(`a picture of kind ${kind}, depth ${depth}`);
  const packed: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) if (png.toString('latin1', at + 4, at + 8) === 'IDAT') packed.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  const raw = inflateSync(Buffer.concat(packed));
  const channels = kind === 6 ? 4 : 3;
  const line = width * channels;
  const data = new Uint8Array(height * line);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (line + 1)];
    for (let x = 0; x < line; x++) {
      const left = x < channels ? 0 : data[y * line + x - channels]!;
      const up = y === 0 ? 0 : data[(y - 1) * line + x]!;
      const corner = x < channels || y === 0 ? 0 : data[(y - 1) * line + x - channels]!;
      const p = left + up - corner;
      const [a, b, c] = [Math.abs(p - left), Math.abs(p - up), Math.abs(p - corner)];
      const guess = [0, left, up, (left + up) >> 1, a <= b && a <= c ? left : b <= c ? up : corner][filter!]!;
      data[y * line + x] = raw[y * (line + 1) + 1 + x]! + guess;
    }
  }
  return { width, height, channels, data };
}

// share is the part of the pixels that a test on red, green and blue holds for.
export function share(p: Pixels, holds: (r: number, g: number, b: number) => boolean): number {
  let n = 0;
  for (let i = 0; i < p.data.length; i += p.channels) if (holds(p.data[i]!, p.data[i + 1]!, p.data[i + 2]!)) n++;
  return n / (p.width * p.height);
}

// like holds for a colour to within a few steps.
export function like([r, g, b]: readonly [number, number, number], steps = 4): (r: number, g: number, b: number) => boolean {
  return (x, y, z) => Math.abs(x - r) <= steps && Math.abs(y - g) <= steps && Math.abs(z - b) <= steps;
}
