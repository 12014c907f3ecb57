// An editor brings files to the map: sees where they lie and how they read, puts right
// what the files say wrong, lets them in, and takes them back.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { accessible, expect, idle, open, picture, pixels, share, test } from './page';
import { run, serve, type Server } from './server';
import { shapefile, square, tcvn3, vn2000, type Part } from './shapefile';

const dir = mkdtempSync(join(tmpdir(), 'langbiang-e2e-'));
const [east, north] = [575_000, 1_320_000]; // EPSG:5899, in Đà Lạt
let server: Server;
const keys: Record<string, string> = {};

test.beforeAll(async () => {
  const store = join(dir, 'city.gpkg');
  expect(run('init', '--store', store, '--name', 'Đà Lạt', '--plane', 'EPSG:5899', '--bounds', '108.35,11.85,108.55,12.05').status).toBe(0);
  // What is there already: a ward, and plots beside those that come.
  const ward = join(dir, 'ward.geojson');
  writeFileSync(ward, JSON.stringify({ type: 'FeatureCollection', features: [{ type: 'Feature', properties: { code: '24781', name: 'Phường Xuân Hương – Đà Lạt' }, geometry: { type: 'Polygon', coordinates: [[[108.38, 11.88], [108.5, 11.88], [108.5, 12], [108.38, 12], [108.38, 11.88]]] } }] }));
  const plots = join(dir, 'plots.geojson');
  writeFileSync(plots, JSON.stringify({ type: 'FeatureCollection', crs: { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::5899' } }, features: Array.from({ length: 12 }, (_, i) => ({ type: 'Feature', properties: { SOTO: '1', SOTHUA: String(i + 1), LOAIDAT: 'ODT' }, geometry: { type: 'Polygon', coordinates: [square(east + 22 * i, north - 60, 20)] } })) }));
  for (const [layer, file] of [['wards', ward], ['parcels', plots]] as const) {
    const r = run('import', layer, file, '--store', store);
    expect(r.status, r.out).toBe(0);
  }
  for (const role of ['editor', 'planner']) {
    const r = run('key', 'create', '--store', store, '--role', role, '--name', role);
    expect(r.status, r.out).toBe(0);
    keys[role] = /lb_\w+/.exec(r.out)![0];
  }
  server = await serve(store);
});

test.afterAll(async () => {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const button = (page: Page) => page.locator('header').getByRole('button', { name: 'Nhập dữ liệu' });
const panelOf = (page: Page) => page.getByRole('region', { name: 'Nhập dữ liệu' });

async function signIn(page: Page, role: string): Promise<void> {
  await page.locator('header').getByRole('button', { name: 'Đăng nhập bằng khóa' }).click();
  await page.getByLabel('Khóa truy cập').fill(keys[role]!);
  await page.getByRole('button', { name: 'Đăng nhập', exact: true }).click();
  await expect(page.getByLabel('Khóa truy cập')).toHaveCount(0);
}

// drop lets files fall on the map, as a browser does.
async function drop(page: Page, parts: Part[]): Promise<void> {
  const data = await page.evaluateHandle((files) => {
    const d = new DataTransfer();
    for (const f of files) d.items.add(new File([Uint8Array.from(atob(f.text), (c) => c.charCodeAt(0))], f.name));
    return d;
  }, parts.map((p) => ({ name: p.name, text: p.bytes.toString('base64') })));
  const map = page.locator('.maplibregl-canvas');
  // What hears of it is loaded once somebody may import; a hand that drags goes on doing so.
  await expect(async () => {
    await map.dispatchEvent('dragover', { dataTransfer: data });
    await expect(page.getByText('Thả tệp để xem trước khi nhập')).toBeVisible({ timeout: 500 });
  }).toPass();
  await map.dispatchEvent('drop', { dataTransfer: data });
  await expect(page.getByText('Thả tệp để xem trước khi nhập')).toHaveCount(0);
}

const ascii = (s: string): Uint8Array => Buffer.from(s, 'latin1');

async function parcel(sheet: string, number: string): Promise<any> {
  const found = (await (await fetch(`${server.url}/api/collections/parcels/items?sheet=${sheet}&number=${number}`)).json()) as any;
  return found.features[0] ?? null;
}

test.describe('an editor', () => {
  test('drops text of the old encoding, reads it, lets it in and takes it back', async ({ page }) => {
    test.setTimeout(120_000);
    await open(page, `${server.url}/?v=1&c=11.9354,108.4405&z=15&live=0`);
    await expect(button(page)).toHaveCount(0); // nobody in particular is offered it
    await signIn(page, 'editor');
    await expect(button(page)).toBeVisible();

    const address = ['Đường Trần Phú', 'Đường Phan Bội Châu', 'Đường Hồ Tùng Mậu'.replace('ù', 'u').replace('ậ', 'a')];
    const rows = address.map((a, i) => ({ ring: square(east + 22 * i, north, 20), cells: [ascii('7'), ascii(String(i + 1)), ascii('ODT'), tcvn3(a), tcvn3('Nguyễn Thu')] }));
    rows.push({ ring: square(east + 10, north + 5, 20), cells: [ascii('7'), ascii('9'), ascii('ODT'), tcvn3('Đường Trần Phú'), tcvn3('Nguyễn Thu')] }); // over the first two
    await drop(page, shapefile('to7', vn2000(107.75), ['SOTO', 'SOTHUA', 'LOAIDAT', 'DIACHITHUA', 'TENCHU'], rows));
    const panel = panelOf(page);
    await expect(panel.getByRole('heading', { name: 'Nhập dữ liệu' })).toBeVisible();
    const apply = panel.getByRole('button', { name: 'Nhập 4 thay đổi' });
    await expect(apply).toBeEnabled();

    // Where it lies, how it reads, what was noticed.
    await expect(panel.getByRole('radio', { name: /múi 107°45′: nằm trong Đà Lạt \(Phường Xuân Hương/ })).toBeChecked();
    const text = panel.getByTestId('import-text');
    await expect(text.getByLabel('Chữ đọc theo bảng mã')).toHaveValue('tcvn3');
    await expect(text.getByRole('listitem').first()).toHaveText('Đường Trần Phú');
    await expect(panel).not.toContainText('Nguyễn'); // who owns it is shown to nobody
    await text.getByLabel('Chữ đọc theo bảng mã').selectOption('windows-1252');
    await expect(text.getByRole('listitem').first()).not.toHaveText('Đường Trần Phú');
    await expect(apply).toBeEnabled();
    await text.getByLabel('Chữ đọc theo bảng mã').selectOption('tcvn3');
    await expect(text.getByRole('listitem').first()).toHaveText('Đường Trần Phú');
    await expect(apply).toBeEnabled();

    const found = panel.getByTestId('import-findings');
    await found.getByText('Hai hình chồng lên nhau').click();
    await found.getByRole('button').first().click();
    await expect(panel.getByTestId('import-difference')).toContainText('thêm4');
    await idle(page);
    // The shapes are on the map, in the colour of what is noticed.
    const map = { x: 60, y: 100, width: 700, height: 620 };
    await expect.poll(async () => share(await pixels(page, map), (r, g, b) => r > 170 && g > 90 && g < 160 && b < 80)).toBeGreaterThan(0.0005);
    await picture(page, 'import-look');
    await accessible(page);
    expect(await parcel('7', '1')).toBeNull();

    await apply.click();
    const done = panel.getByTestId('import-done');
    await expect(done.getByRole('heading')).toHaveText('Đã nhập: to7');
    await expect(done.getByRole('heading')).toBeFocused();
    const got = await parcel('7', '1');
    expect(got.properties.address).toBe('Đường Trần Phú');
    expect(JSON.stringify(got)).not.toContain('Nguyễn');
    const card = await (await fetch(`${server.url}/api/parcels/${got.id}`)).json();
    expect(card.source.sourceCrs).toBe('EPSG:5899');
    await accessible(page);
    await picture(page, 'import-done');

    await done.getByRole('button', { name: 'Hoàn tác' }).click();
    await expect(done).toContainText('Đã hoàn tác lần nhập to7');
    expect(await parcel('7', '1')).toBeNull();
  });

  test('is told that a file lies in the wrong zone, and puts it where it belongs', async ({ page }) => {
    test.setTimeout(120_000);
    await open(page, `${server.url}/?v=1&c=11.9354,108.4405&z=15&live=0`);
    await signIn(page, 'editor');
    const rows = Array.from({ length: 6 }, (_, i) => ({ ring: square(east + 22 * i, north + 40, 20), cells: [ascii('8'), ascii(String(i + 1)), ascii('ONT')] }));
    await drop(page, shapefile('to8', vn2000(108.5), ['SOTO', 'SOTHUA', 'LOAIDAT'], rows));
    const panel = panelOf(page);
    await expect(panel.getByRole('alert')).toContainText('nằm ngoài địa bàn');
    const right = panel.getByRole('radio', { name: /múi 107°45′: nằm trong Đà Lạt/ });
    const wrong = panel.getByRole('radio', { name: /múi 108°30′: lệch 8\d km về phía đông/ });
    await expect(wrong).toBeChecked();
    await expect(right).not.toBeChecked();
    await expect(panel.getByRole('button', { name: 'Nhập', exact: true })).toBeDisabled();
    await idle(page);
    await picture(page, 'import-zone');
    await accessible(page);

    // By the keyboard alone.
    await right.focus();
    await page.keyboard.press('Space');
    await expect(right).toBeChecked();
    const apply = panel.getByRole('button', { name: 'Nhập 6 thay đổi' });
    await expect(apply).toBeEnabled();
    await expect(panel.getByTestId('import-findings')).toContainText('Tệp ghi hệ tọa độ khác');
    await expect(right).toBeFocused();
    await idle(page);
    await picture(page, 'import-zone-right');
    await apply.focus();
    await page.keyboard.press('Enter');
    await expect(panel.getByTestId('import-done').getByRole('heading')).toHaveText('Đã nhập: to8');
    const got = await parcel('8', '1');
    const at = (await (await fetch(`${server.url}/api/parcels/${got.id}`)).json()).location;
    expect([at.crs, Math.round(at.easting), Math.round(at.northing)]).toEqual(['EPSG:5899', east + 10, north + 50]);

    // Taken back from the list of what was imported, at a second press.
    await panel.getByRole('button', { name: 'Nhập tệp khác' }).click();
    await panel.getByRole('button', { name: 'Hoàn tác lần nhập to8' }).click();
    await panel.getByRole('button', { name: 'Chắc chắn hoàn tác lần nhập to8' }).click();
    await expect(page.locator('.toast')).toContainText('Đã hoàn tác lần nhập to8');
    expect(await parcel('8', '1')).toBeNull();
  });
});

test.describe('with a phone', () => {
  test.use({ viewport: { width: 375, height: 740 }, hasTouch: true, isMobile: true });
  test('files are chosen, and the map stays in view', async ({ page }) => {
    await open(page, `${server.url}/?v=1&c=11.9354,108.4405&z=15&live=0`);
    await page.getByRole('button', { name: 'Lớp bản đồ' }).click();
    await page.getByRole('button', { name: 'Đăng nhập bằng khóa' }).click();
    await page.getByLabel('Khóa truy cập').fill(keys['editor']!);
    await page.getByRole('button', { name: 'Đăng nhập', exact: true }).click();
    await page.getByRole('button', { name: 'Lớp bản đồ' }).click();
    await page.getByRole('button', { name: 'Đăng nhập bằng khóa' }).click();
    await page.getByRole('button', { name: 'Nhập dữ liệu' }).click();
    const panel = panelOf(page);
    await picture(page, 'import-phone-start');
    await accessible(page);
    const rows = [{ ring: square(east, north + 80, 20), cells: [ascii('9'), ascii('1')] }];
    await page.getByTestId('import-files').setInputFiles(shapefile('to9', '', ['SOTO', 'SOTHUA'], rows).map((p) => ({ name: p.name, mimeType: 'application/octet-stream', buffer: p.bytes })));
    await expect(panel.getByRole('alert')).toContainText('Tệp không ghi hệ tọa độ');
    await panel.getByRole('radio', { name: /múi 107°45′/ }).check();
    await expect(panel.getByRole('button', { name: 'Nhập 1 thay đổi' })).toBeEnabled();
    await idle(page);
    const box = (await panel.boundingBox())!;
    expect(box.y).toBeGreaterThan(250); // the map is above it
    expect(box.x + box.width).toBeLessThanOrEqual(375);
    await picture(page, 'import-phone');
    await accessible(page);
    // It waits for whoever comes back.
    await page.reload();
    await idle(page);
    await page.getByRole('button', { name: 'Lớp bản đồ' }).click();
    await page.getByRole('button', { name: 'Đăng nhập bằng khóa' }).click();
    await page.getByRole('button', { name: 'Nhập dữ liệu' }).click();
    await expect(panel.getByRole('heading', { name: 'Đang chờ duyệt' })).toBeVisible();
    await panel.getByRole('button', { name: 'Xem', exact: true }).click();
    await expect(panel.getByRole('button', { name: 'Nhập 1 thay đổi' })).toBeEnabled();
    await panel.getByRole('button', { name: 'Bỏ', exact: true }).click();
    await expect(panel.getByRole('button', { name: 'Chọn tệp…' })).toBeVisible();
    await expect(panel.getByRole('heading', { name: 'Đang chờ duyệt' })).toHaveCount(0);
  });
});

test.describe('who may not import', () => {
  test.use({ expected: /status of 40[13]/ });
  test('sees no button, and is refused', async ({ page }) => {
    expect((await fetch(`${server.url}/api/imports/staged`)).status).toBe(401);
    const r = await fetch(`${server.url}/api/imports/staged`, { method: 'POST', headers: { Authorization: `Bearer ${keys['planner']}` } });
    expect(r.status).toBe(403);
    expect((await r.json()).code).toBe('auth.denied');
    await open(page, `${server.url}/?v=1&c=11.9354,108.4405&z=15&live=0`);
    await expect(button(page)).toHaveCount(0);
    await signIn(page, 'planner');
    await idle(page);
    await expect(button(page)).toHaveCount(0);
    expect(await page.evaluate(async () => (await fetch('/api/imports', { headers: { Accept: 'application/json' } })).status)).toBe(403);
    // What falls on the map is the browser's own affair.
    await page.evaluate(() => {
      const d = new DataTransfer();
      d.items.add(new File(['x'], 'a.geojson'));
      document.querySelector('canvas')!.dispatchEvent(new DragEvent('dragenter', { dataTransfer: d, bubbles: true }));
    });
    await expect(page.getByText('Thả tệp để xem trước khi nhập')).toHaveCount(0);
  });
});
