// Another process writes to the store; the open page follows without being loaded
// again.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clickMap, expect, idle, test } from './page';
import { run, serve } from './server';

// A server that goes away is an error of the network, and the browser logs it.
test.use({ expected: /ERR_CONNECTION_|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY|status of (404|503)|Failed to fetch/ });

const dir = mkdtempSync(join(tmpdir(), 'langbiang-e2e-'));
const square = (x: number, y: number): number[][][] => [[[x, y], [x + 0.0004, y], [x + 0.0004, y + 0.0004], [x, y + 0.0004], [x, y]]];

function file(name: string, features: { geometry: unknown; properties: Record<string, unknown> }[]): string {
  const path = join(dir, name);
  writeFileSync(path, JSON.stringify({ type: 'FeatureCollection', features: features.map((f) => ({ type: 'Feature', ...f })) }));
  return path;
}

function plots(use: string, ...further: { geometry: unknown; properties: Record<string, unknown> }[]): string {
  return file('thua.geojson', [...[0, 1, 2].map((i) => ({ geometry: { type: 'Polygon', coordinates: square(108.438 + i * 0.0004, 11.94) }, properties: { sheet: '1', number: String(i + 1), use } })), ...further]);
}

test('a change is seen on the map and in the card; a new incident appears', async ({ page }) => {
  const store = join(dir, 'live.gpkg');
  expect(run('init', '--store', store, '--name', 'Thử', '--plane', 'EPSG:5899', '--bounds', '108.25,11.75,108.75,12.25').status).toBe(0);
  expect(run('import', 'parcels', plots('ODT'), '--store', store, '--crs', 'EPSG:4326').status).toBe(0);
  const server = await serve(store);
  try {
    await page.goto(`${server.url}/?v=1&c=11.9402,108.4386&z=18`);
    await expect(page.getByTestId('link-live')).toBeVisible();
    await idle(page);
    await clickMap(page);
    await expect(page.getByTestId('parcel-title')).toHaveText('Thửa 2 · Tờ 1');
    await expect(page.locator('article .use')).toContainText('ODT');
    await expect(page.locator('details.legend')).toContainText('ODT');
    await idle(page);
    const tiles: string[] = [];
    page.on('request', (r) => r.url().includes('/tiles/') && tiles.push(r.url()));

    expect(run('import', 'parcels', plots('CLN'), '--store', store, '--crs', 'EPSG:4326').status).toBe(0);
    await expect(page.locator('article .use')).toContainText('CLN');
    await expect(page.getByRole('paragraph').filter({ hasText: 'Thông tin vừa thay đổi' })).toBeVisible();
    await expect(page.locator('details.legend')).toContainText('CLN');
    await expect(page.locator('details.legend')).not.toContainText('ODT');
    expect(tiles.filter((u) => !u.includes('parcels'))).toEqual([]);

    const at = file('su-co.geojson', [{ geometry: { type: 'Point', coordinates: [108.4382, 11.9402] }, properties: { code: 'SC-1', category: 'Cây xanh', state: 'published', severity: 3, at: '2026-11-25T01:00:00Z', title: 'Cây đổ chắn đường' } }]);
    expect(run('import', 'incidents', at, '--store', store, '--crs', 'EPSG:4326').status).toBe(0);
    await expect(page.locator('details.legend')).toContainText('Cây xanh');
    await clickMap(page, 0, 300); // the card goes: nothing is there
  } finally {
    await server.stop();
  }
});

// The tile of a zoom that a place lies on, as its address has it.
function tileAt(z: number, lon: number, lat: number): [number, number] {
  const n = 2 ** z;
  const sin = Math.sin((lat * Math.PI) / 180);
  return [Math.floor(((lon + 180) / 360) * n), Math.floor((0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * n)];
}

test('a change reads again the tiles that it touches and no others; what is drawn stays until they are here', async ({ page }) => {
  const store = join(dir, 'touched.gpkg');
  const apart = [0.0022, -0.0014].map((d, i) => ({ geometry: { type: 'Polygon', coordinates: square(108.438 + d, 11.94 + d / 4) }, properties: { sheet: '1', number: `9${i}`, use: 'TMD' } })); // stays as it is
  expect(run('init', '--store', store, '--name', 'Thử', '--plane', 'EPSG:5899', '--bounds', '108.25,11.75,108.75,12.25').status).toBe(0);
  expect(run('import', 'parcels', plots('ODT', ...apart), '--store', store, '--crs', 'EPSG:4326').status).toBe(0);
  const server = await serve(store);
  try {
    const seen = new Set<string>();
    const land = /\/tiles\/coverage,parcels,parcel_labels\/(\d+)\/(\d+)\/(\d+)\.mvt/;
    page.on('request', (r) => land.test(r.url()) && seen.add(r.url()));
    await page.goto(`${server.url}/?v=1&c=11.9402,108.4386&z=18`);
    await expect(page.getByTestId('link-live')).toBeVisible();
    await idle(page);
    const inView = new Set(seen);
    const middle = page.viewportSize()!;
    const clip = { x: middle.width / 2 - 30, y: middle.height / 2 - 30, width: 60, height: 60 };
    const before = await page.screenshot({ clip });

    seen.clear();
    const held: (() => void)[] = [];
    let holding = true;
    await page.route(land, async (route) => {
      if (holding) await new Promise<void>((go) => held.push(go));
      await route.continue();
    });
    expect(run('import', 'parcels', plots('CLN', ...apart), '--store', store, '--crs', 'EPSG:4326').status).toBe(0);
    await expect.poll(() => held.length).toBeGreaterThan(0);
    expect(Buffer.compare(await page.screenshot({ clip }), before)).toBe(0); // the old ground, whole
    holding = false;
    for (const go of held) go();
    await expect(page.locator('details.legend')).toContainText('CLN');
    await expect(page.locator('details.legend')).not.toContainText('ODT');
    await idle(page);
    expect(Buffer.compare(await page.screenshot({ clip }), before)).not.toBe(0);

    // The plots and what reaches into their tiles' neighbours: a 64th of a tile.
    for (const url of seen) {
      const [z, x, y] = land.exec(url)!.slice(1).map(Number) as [number, number, number];
      const pad = 360 / 2 ** z / 32;
      const [x0, y0] = tileAt(z, 108.438 - pad, 11.9404 + pad);
      const [x1, y1] = tileAt(z, 108.4392 + pad, 11.94 - pad);
      expect(x >= x0 && x <= x1 && y >= y0 && y <= y1, url).toBe(true);
    }
    expect([...inView].filter((u) => !seen.has(u)).length).toBeGreaterThan(0); // others stay as they are
  } finally {
    await server.stop();
  }
});

test('what changes while a tile is on its way, or when it cannot be read, is shown; no tile is read twice at once', async ({ page }) => {
  const store = join(dir, 'under-way.gpkg');
  expect(run('init', '--store', store, '--name', 'Thử', '--plane', 'EPSG:5899', '--bounds', '108.25,11.75,108.75,12.25').status).toBe(0);
  const put = (use: string): void => expect(run('import', 'parcels', plots(use), '--store', store, '--crs', 'EPSG:4326').status).toBe(0);
  put('ODT');
  const server = await serve(store);
  try {
    // The server answers as it stands when it is asked; the answer comes when we let it go.
    let [holding, failing] = [true, false];
    let held: (() => void)[] = [];
    let failed = 0;
    let together = 0;
    const under = new Map<string, number>();
    const letGo = (): void => {
      holding = false;
      for (const go of held.reverse()) go(); // what was asked last comes first
      held = [];
    };
    await page.route(/\/tiles\/coverage,parcels,parcel_labels\//, async (route) => {
      const url = route.request().url();
      under.set(url, (under.get(url) ?? 0) + 1);
      together = Math.max(together, under.get(url)!);
      if (failing) {
        failed++;
        await route.fulfill({ status: 503 });
      } else {
        const response = await route.fetch();
        if (holding) await new Promise<void>((go) => held.push(go));
        await route.fulfill({ response });
      }
      under.set(url, under.get(url)! - 1);
    });
    await page.addInitScript(() => {
      const Source = window.EventSource;
      window.EventSource = class extends Source {
        constructor(url: string | URL, init?: EventSourceInit) {
          super(url, init);
          this.addEventListener('change', () => {
            const said = document.documentElement.dataset;
            said['heard'] = String(Number(said['heard'] ?? 0) + 1);
          });
        }
      };
    });
    const heard = async (): Promise<number> => Number((await page.locator('html').getAttribute('data-heard')) ?? 0);
    const told = async (use: string): Promise<void> => {
      const before = await heard();
      put(use);
      await expect.poll(heard).toBeGreaterThan(before);
    };
    const shows = async (use: string): Promise<void> => {
      await expect(page.locator('details.legend')).toContainText(use);
      for (const other of ['ODT', 'CLN', 'TMD', 'LUC']) if (other !== use) await expect(page.locator('details.legend')).not.toContainText(other);
    };

    await page.goto(`${server.url}/?v=1&c=11.9402,108.4386&z=18`); // loaded for the first time
    await expect(page.getByTestId('link-live')).toBeVisible();
    await expect.poll(() => held.length).toBeGreaterThan(0);
    await told('CLN');
    letGo();
    await shows('CLN');
    await idle(page);

    holding = true; // read again, because of a change
    await told('TMD');
    await expect.poll(() => held.length).toBeGreaterThan(0);
    await told('ODT');
    await told('LUC');
    letGo();
    await shows('LUC');

    failing = true;
    await told('ODT');
    await expect.poll(() => failed).toBeGreaterThan(1); // tried, and tried again
    failing = false;
    await shows('ODT');
    expect(together).toBe(1);
  } finally {
    await server.stop();
  }
});

test('the page joins again after the server was away', async ({ page }) => {
  const store = join(dir, 'away.gpkg');
  expect(run('init', '--store', store, '--name', 'Thử', '--plane', 'EPSG:5899', '--bounds', '108.25,11.75,108.75,12.25').status).toBe(0);
  expect(run('import', 'parcels', plots('ODT'), '--store', store, '--crs', 'EPSG:4326').status).toBe(0);
  let server = await serve(store);
  try {
    await page.goto(`${server.url}/?v=1&c=11.9402,108.4386&z=18`);
    await expect(page.getByTestId('link-live')).toBeVisible();
    await idle(page);
    const port = new URL(server.url).port;
    await server.stop();
    await expect(page.getByText(/Đang nối lại|Mất kết nối/)).toBeVisible();
    server = await serve(store, '--addr', `127.0.0.1:${port}`);
    await expect(page.getByTestId('link-live')).toBeVisible({ timeout: 30_000 });
  } finally {
    await server.stop();
  }
});
