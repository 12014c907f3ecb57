// The real Da Lat on the same map, where its data are at hand (they are no part of
// the project): imported as anybody would, looked at far and near, light and dark.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clickMap, expect, open, picture, test } from './page';
import { run, serve, type Server } from './server';

const data = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'langbiang-e2e-'));
let server: Server | undefined;

test.skip(!existsSync(data), 'the real data are not at hand');

test.beforeAll(async () => {
  const store = join(dir, 'real.gpkg');
  expect(run('init', '--store', store, '--name', 'Đà Lạt', '--plane', 'EPSG:5899', '--bounds', '108.2,11.7,108.8,12.3').status).toBe(0);
  for (const [layer, file, status] of [
    ['parcels', 'dalat/parcels_vn2000_shp.zip', 3], // ten shapes are quarantined
    ['zones', 'dalat/zones.geojson.gz', 3],
    ['wards', 'dalat/dalat_wards_2025.geojson', 0],
    ['roads', 'osm/dalat_osm_roads_drive.geojson', 0],
    ['water', 'osm/dalat_osm_water.geojson', 0],
    ['places', 'poi/dalat_tourism_poi_25.geojson', 0],
  ] as const) {
    const r = run('import', layer, data + file, '--store', store, '--quarantine', 'none');
    expect(r.status, r.out).toBe(status);
  }
  server = await serve(store);
});

test.afterAll(async () => {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('from the whole city to one plot', async ({ page }) => {
  test.setTimeout(240_000);
  // All of them where pictures are asked for; two, so that none breaks, otherwise.
  const all = process.env['PICTURES'] !== undefined;
  for (const background of all ? ['sang', 'toi'] : ['sang']) {
    for (const zoom of all ? [11, 14, 16, 18] : [11, 16]) {
      await open(page, `${server!.url}/?v=1&c=11.94600,108.50550&z=${zoom}&bg=${background}&live=0`);
      await expect(page.locator('details.legend')).toContainText('Chưa ghi mục đích');
      await picture(page, `real-${background}-${zoom}`);
    }
  }
  // Every parcel that was taken is counted at the lowest zoom.
  await open(page, `${server!.url}/?v=1&c=11.93,108.46&z=9.5&live=0`);
  await expect(page.locator('details.legend')).toContainText('29.303');

  await open(page, `${server!.url}/?v=1&c=11.94600,108.50550&z=18&live=0`);
  await clickMap(page, 40, 30);
  await expect(page.getByTestId('floors')).toContainText('Chưa có dữ liệu về số tầng');
  await expect(page.locator('article')).toContainText('EPSG:5899');
});
