// Another process writes to the store; the open page follows without being loaded
// again.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clickMap, expect, idle, test } from './page';
import { run, serve } from './server';

// A server that goes away is an error of the network, and the browser logs it.
test.use({ expected: /ERR_CONNECTION_|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY|status of 404|Failed to fetch/ });

const dir = mkdtempSync(join(tmpdir(), 'langbiang-e2e-'));
const square = (x: number, y: number): number[][][] => [[[x, y], [x + 0.0004, y], [x + 0.0004, y + 0.0004], [x, y + 0.0004], [x, y]]];

function file(name: string, features: { geometry: unknown; properties: Record<string, unknown> }[]): string {
  const path = join(dir, name);
  writeFileSync(path, JSON.stringify({ type: 'FeatureCollection', features: features.map((f) => ({ type: 'Feature', ...f })) }));
  return path;
}

function plots(use: string): string {
  return file('thua.geojson', [0, 1, 2].map((i) => ({ geometry: { type: 'Polygon', coordinates: square(108.438 + i * 0.0004, 11.94) }, properties: { sheet: '1', number: String(i + 1), use } })));
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
