// What the tests do with a page: every one watches for errors in the console, for
// breaches of the content policy, and for calls to anybody but our server.
import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

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
