// A parcel's card says to those who are signed in how its record came in: the import, its
// file and what carried its coordinates. Nobody else is told.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accessible, expect, open, picture, test } from './page';
import { program, run, serve, type Server } from './server';

const dir = mkdtempSync(join(tmpdir(), 'langbiang-e2e-'));
let server: Server | undefined;
let key = '';

test.beforeAll(async () => {
  const store = join(dir, 'own.gpkg');
  const file = join(dir, 'bản đồ tờ 12.geojson');
  const ring = [[575000, 1320000], [575020, 1320000], [575020, 1320030], [575000, 1320030], [575000, 1320000]];
  writeFileSync(
    file,
    JSON.stringify({
      type: 'FeatureCollection',
      crs: { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::5899' } },
      features: [{ type: 'Feature', properties: { MAXA: '24808', SHBANDO: '12', SHTHUA: '345' }, geometry: { type: 'Polygon', coordinates: [ring] } }],
    }),
  );
  expect(run('init', '--store', store, '--name', 'Đà Lạt', '--plane', 'EPSG:5899', '--bounds', '108.2,11.7,108.8,12.3').status).toBe(0);
  const r = run('import', 'parcels', file, '--store', store, '--quarantine', 'none', '--document', 'BB 12/2026');
  expect(r.status, r.out).toBe(0);
  key = spawnSync(program(), ['key', 'create', '--store', store, '--role', 'planner', '--name', 'e2e'], { encoding: 'utf8' }).stdout.trim().split('\n').at(-1)!;
  server = await serve(store);
});

test.afterAll(async () => {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

test.use({ expected: /status of 401/ });

test('whence a record comes is told to staff', async ({ page }) => {
  await open(page, `${server!.url}/?v=1&c=11.93627,108.43962&z=18&sel=parcels:1&live=0`);
  const card = page.locator('article');
  await expect(card).toContainText('12 / 345');
  const origin = card.getByText('Nguồn gốc bản ghi');
  await expect(origin).toHaveCount(0);
  expect(JSON.stringify(await (await fetch(`${server!.url}/api/parcels/1`)).json())).not.toContain('bản đồ tờ 12.geojson');

  await page.getByRole('button', { name: 'Truy vấn quy hoạch' }).click();
  await page.getByRole('button', { name: 'Đăng nhập bằng khóa' }).click();
  await page.getByLabel('Khóa truy cập').fill(key);
  await page.getByRole('button', { name: 'Đăng nhập', exact: true }).click();

  await origin.click();
  const said = card.locator('details');
  for (const text of ['bản đồ tờ 12', 'EPSG:5899', '+rx=-0.00928836', 'BB 12/2026', 'cli']) await expect(said).toContainText(text);
  await expect(said.locator('code').first()).toHaveText(/^[0-9a-f]{64}$/);
  await accessible(page);
  await picture(page, 'provenance');
});
