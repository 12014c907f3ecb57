// A planner builds a question by clicking, sees at once how many plots it means, sees
// them on the map and in a table, what they come to, takes them along, keeps the
// question and hands it on.
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import type { Locator, Page } from '@playwright/test';
import { accessible, expect, idle, like, open, picture, pixels, share, test } from './page';

// Without a key the question is refused, and the browser logs it.
test.use({ expected: /status of 401/, permissions: ['clipboard-read', 'clipboard-write'] });

// The city is assessed in the background after a start.
test.beforeAll(async () => {
  test.setTimeout(200_000);
  await expect.poll(async () => (await api('query', { limit: 0 })).complete, { timeout: 180_000, intervals: [1000] }).toBe(true);
});

async function api(what: 'query' | 'stats', body: object): Promise<any> {
  const r = await fetch(`${process.env['LANGBIANG_URL']}/api/planning/${what}`, { method: 'POST', headers: { Authorization: `Bearer ${process.env['LANGBIANG_KEY']}`, 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  expect(r.status).toBe(200);
  return r.json();
}

const whole = (n: number): string => new Intl.NumberFormat('vi-VN', { maximumFractionDigits: 0 }).format(n);
const panelOf = (page: Page): Locator => page.getByRole('region', { name: 'Truy vấn quy hoạch' });

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('Khóa truy cập').fill(process.env['LANGBIANG_KEY']!);
  await page.getByRole('button', { name: 'Đăng nhập', exact: true }).click();
}

// The sentence of the issue, as its rows are filled in, and as the server is asked.
async function sentence(panel: Locator): Promise<void> {
  await panel.getByLabel('Mục đích', { exact: true }).selectOption(['ODT', 'ONT']);
  await panel.getByRole('group', { name: 'Diện tích' }).getByLabel('từ').fill('500');
  await panel.getByRole('group', { name: 'Diện tích' }).getByLabel('đến').fill('2000');
  await panel.getByLabel('Hiện trạng so với quy hoạch').selectOption('differs');
  await panel.getByLabel('Bề rộng đường, mét').fill('12');
  await expect(panel).toContainText('Hãy ghi thêm khoảng cách');
  await panel.getByLabel('Cách đường, mét').fill('50');
}
const asked = {
  filter: { op: 'and', args: [
    { op: 'or', args: [{ op: 'in', args: [{ property: 'use' }, ['ODT', 'ONT']] }, { op: 'like', args: [{ property: 'use' }, 'ODT+%'] }, { op: 'like', args: [{ property: 'use' }, 'ONT+%'] }] },
    { op: 'between', args: [{ property: 'area' }, 500, 2000] },
    { op: 'in', args: [{ property: 'conversion' }, ['mayApply', 'notInPlan']] },
  ] },
  near: [{ layer: 'roads', 'filter-text': 'width >= 12', within: 50 }],
};

test('a question in rows: count, map, table, sums, files', async ({ page, site }) => {
  test.setTimeout(150_000);
  const want = await api('query', { ...asked, limit: 5 });
  expect(want.numberMatched).toBeGreaterThan(200);
  const one = want.features.find((f: any) => f.geometry.type === 'Polygon');
  const card = await (await fetch(`${site}/api/parcels/${one.id}`)).json();

  // In the middle of the map lies a plot that is meant.
  await open(page, `${site}/?v=1&c=${card.location.lat},${card.location.lon}&z=18&live=0&l=incidents:0,cameras:0,places:0,buildings:0`);
  const middle = { x: 620, y: 408, width: 40, height: 40 };
  const yellow = (r: number, _: number, b: number): boolean => r > 150 && r - b > 70;
  expect(share(await pixels(page, middle), yellow)).toBeLessThan(0.1);
  const panel = panelOf(page);
  await page.getByRole('button', { name: 'Truy vấn quy hoạch' }).click();
  await expect(panel).toContainText('dành cho cán bộ quy hoạch');
  await accessible(page);
  await panel.getByRole('button', { name: 'Đăng nhập bằng khóa' }).click();
  await signIn(page);

  // Signed in, one is back at the question.
  const count = panel.getByTestId('query-count');
  await expect(count).toHaveText('97.751 thửa');
  await accessible(page);
  await sentence(panel);
  await expect(count).toHaveText(`${whole(want.numberMatched)} thửa`);

  // On the map: tiles of the question, and the plot in the middle stands out.
  const tile = page.waitForResponse((r) => /\/tiles\/parcels,parcel_dots\/1[5-8]\/\d+\/\d+\.mvt\?q=/.test(r.url()) && r.status() === 200);
  await panel.getByRole('button', { name: 'Hiện trên bản đồ và bảng' }).click();
  await tile;
  await idle(page);
  await expect.poll(async () => share(await pixels(page, middle), yellow), { timeout: 20_000 }).toBeGreaterThan(0.5);

  // In the table, page by page, in another order.
  const rows = panel.getByRole('region', { name: 'Bảng' }).locator('tbody tr');
  await expect(rows).toHaveCount(200);
  await expect(rows.first()).toContainText(/OD|ON/);
  await panel.getByRole('button', { name: 'Xem thêm' }).click();
  await expect(rows).toHaveCount(Math.min(400, want.numberMatched));
  const least = (await api('query', { ...asked, limit: 1, sortby: ['area'] })).features[0];
  await panel.getByRole('button', { name: 'Diện tích' }).click();
  await expect(rows.first()).toContainText(`${least.properties.sheet}/${least.properties.number}`);
  await picture(page, 'planner');
  await accessible(page);

  // As files, with every row.
  const file = async (within: Locator, name: string): Promise<Buffer> => {
    const [f] = await Promise.all([page.waitForEvent('download'), within.getByRole('button', { name }).click()]);
    return readFileSync(await f.path());
  };
  const files = panel.getByRole('group', { name: 'Tải về' });
  expect((await file(files, 'CSV')).toString().trim().split('\r\n')).toHaveLength(want.numberMatched + 1);
  expect(JSON.parse((await file(files, 'GEOJSON')).toString()).features).toHaveLength(want.numberMatched);
  expect(part(await file(files, 'XLSX'), 'xl/worksheets/sheet1.xml').match(/<row /g)).toHaveLength(want.numberMatched + 1);

  // What they come to, by ward and by zone.
  await panel.getByRole('tab', { name: 'Tổng hợp' }).click();
  const table = panel.getByRole('region', { name: 'Tổng hợp' });
  const sums = await api('stats', { ...asked, groupBy: ['ward'] });
  await expect(table.locator('tbody tr')).toHaveCount(sums.groups.length);
  await expect(table.locator('tfoot')).toContainText(whole(want.numberMatched));
  for (const member of ['area', 'floorArea', 'builtFloorArea', 'capacityLeft']) await expect(table.locator('tfoot')).toContainText(whole(sums.totals[member]));
  await accessible(page);
  await picture(page, 'planner-sums');
  expect((await file(panel.getByRole('tabpanel'), 'CSV')).toString().trim().split('\r\n')).toHaveLength(sums.groups.length + 1);
  await panel.getByLabel('Theo').selectOption('zone');
  const zones = await api('stats', { ...asked, groupBy: ['zone'] });
  await expect(table.locator('tbody tr')).toHaveCount(zones.groups.length);

  // A row asks for its group alone.
  await panel.getByLabel('Theo').selectOption('ward');
  await expect(table.locator('tbody tr')).toHaveCount(sums.groups.length);
  const largest = sums.groups.reduce((a: any, b: any) => (b.area > a.area ? b : a));
  await table.locator('tbody').getByRole('button').first().click();
  await expect(count).toHaveText(`${whole(largest.count)} thửa`);
  await expect(panel.getByLabel('Trong phường, xã')).toHaveValue(largest.ward);

  await panel.getByRole('tab', { name: 'Bảng' }).click();
  await rows.first().getByRole('button').click();
  await expect(page.getByTestId('floors')).toContainText('tầng');
});

// part is one file of a zip, as text.
function part(zip: Buffer, name: string): string {
  const at = zip.indexOf(name); // its local head comes first
  expect(at).toBeGreaterThan(0);
  return inflateRawSync(zip.subarray(at + name.length + zip.readUInt16LE(at - 2)), { maxOutputLength: 1 << 28 }).toString();
}

test('a question is kept under a name, and opened by a link', async ({ page, site, browser }) => {
  test.setTimeout(150_000);
  const want = await api('query', { ...asked, limit: 0 });
  await open(page, `${site}/?v=1&c=11.9446,108.4378&z=11.4&live=0&l=incidents:0,cameras:0,places:0`);
  const panel = panelOf(page);
  const count = panel.getByTestId('query-count');
  await page.getByRole('button', { name: 'Truy vấn quy hoạch' }).click();
  await panel.getByRole('button', { name: 'Đăng nhập bằng khóa' }).click();
  await signIn(page);
  await expect(count).toHaveText('97.751 thửa');
  await sentence(panel);
  await expect(count).toHaveText(`${whole(want.numberMatched)} thửa`);

  // Kept, cleared, opened again, called otherwise.
  await panel.getByText('Truy vấn đã lưu (0)').click();
  await panel.getByLabel('Tên truy vấn').fill('Đất ở khác quy hoạch');
  await panel.getByRole('button', { name: 'Lưu' }).click();
  await panel.getByRole('button', { name: 'Xóa điều kiện' }).click();
  await expect(count).toHaveText('97.751 thửa');
  expect(page.url()).not.toContain('q=');
  await panel.getByRole('button', { name: 'Đất ở khác quy hoạch', exact: true }).click();
  await expect(count).toHaveText(`${whole(want.numberMatched)} thửa`);
  await expect(panel.getByLabel('Cách đường, mét')).toHaveValue('50');
  await panel.getByRole('button', { name: 'Đổi tên “Đất ở khác quy hoạch”' }).click();
  await panel.getByLabel('Tên mới').fill('Việc tuần này');
  await panel.getByLabel('Tên mới').press('Enter');
  await accessible(page);

  // An area drawn by hand narrows it; Enter closes it.
  await panel.getByRole('button', { name: 'Vẽ vùng' }).click();
  for (const [x, y] of [[120, 110], [780, 110], [780, 720], [120, 720]] as const) await page.mouse.click(x, y);
  await page.keyboard.press('Enter');
  await expect(count).not.toHaveText(`${whole(want.numberMatched)} thửa`);
  await expect(panel.getByRole('button', { name: 'Bỏ vùng vẽ' })).toBeVisible();
  await expect(count).toHaveAttribute('aria-busy', 'false');
  const drawn = (await count.textContent())!;
  await idle(page);
  // From afar the result is dots: their colour is on the map, and was not.
  const map = { x: 100, y: 100, width: 700, height: 620 };
  const dots = (r: number, g: number, b: number): boolean => r > 215 && g > 130 && g < 200 && b < 75;
  await picture(page, 'planner-dots');
  await expect.poll(async () => share(await pixels(page, map), dots)).toBeGreaterThan(0.0004);

  await panel.getByRole('button', { name: 'Chép liên kết' }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toContain('&q=');

  // Closed, the result stays, and the map can be freed of it.
  await panel.getByRole('button', { name: 'Đóng' }).click();
  await expect(page.getByRole('button', { name: `Truy vấn: ${drawn}` })).toBeVisible();
  await page.getByRole('button', { name: 'Bỏ truy vấn khỏi bản đồ' }).click();
  await idle(page);
  expect(share(await pixels(page, map), dots)).toBeLessThan(0.0001);

  // Somebody else opens the link: the question waits for the key, and then runs.
  const other = await browser.newContext({ locale: 'vi-VN', viewport: { width: 1280, height: 800 } });
  try {
    const theirs = await other.newPage();
    const errors: string[] = [];
    theirs.on('pageerror', (e) => errors.push(e.message));
    await theirs.goto(link);
    await expect(panelOf(theirs)).toContainText('chạy ngay sau khi đăng nhập');
    await panelOf(theirs).getByRole('button', { name: 'Đăng nhập bằng khóa' }).click();
    await signIn(theirs);
    await expect(panelOf(theirs).getByTestId('query-count')).toHaveText(drawn);
    await expect(panelOf(theirs).getByLabel('Mục đích', { exact: true })).toHaveValues(['ONT', 'ODT']);
    await expect(panelOf(theirs).getByRole('button', { name: 'Bỏ vùng vẽ' })).toBeVisible();
    await expect(panelOf(theirs).getByRole('region', { name: 'Bảng' }).locator('tbody tr').first()).toBeVisible();
    await idle(theirs);
    await expect.poll(async () => share(await pixels(theirs, map), dots)).toBeGreaterThan(0.0004);
    await panelOf(theirs).getByText('Truy vấn đã lưu (0)').waitFor(); // what is kept is of a browser
    // A link that is broken says so, and a map is there all the same.
    await theirs.goto(link.replace(/q=[^&]+/, 'q=eyJub3BlIjoxfQ'));
    await expect(theirs.locator('.toast')).toContainText('không hợp lệ');
    await expect(panelOf(theirs).getByTestId('query-count')).toHaveText('97.751 thửa');
    expect(errors).toEqual([]);
  } finally {
    await other.close();
  }

  // What is kept outlives the page, until it is thrown away.
  await page.goto(`${site}/?live=0`);
  await page.getByRole('button', { name: 'Truy vấn quy hoạch' }).click();
  await panel.getByText('Truy vấn đã lưu (1)').click();
  await panel.getByRole('button', { name: 'Việc tuần này', exact: true }).click();
  await expect(count).toHaveText(`${whole(want.numberMatched)} thửa`);
  await panel.getByRole('button', { name: 'Xóa “Việc tuần này”' }).click();
  await expect(panel.getByText('Truy vấn đã lưu (0)')).toBeVisible();
});

test('a map coloured by the floors that may be built', async ({ page, site }) => {
  test.setTimeout(150_000);
  const around = [108.434, 11.9415, 108.4416, 11.9477] as const;
  const [w, s, e, n] = around;
  const groups = (await api('stats', { within: { geometry: { type: 'Polygon', coordinates: [[[w, s], [e, s], [e, n], [w, n], [w, s]]] } }, groupBy: ['floors'] })).groups as { floors: number | null; share: number }[];
  const style = await (await fetch(`${site}/styles/sang.json`)).json();
  const ramp = style.layers.find((l: any) => l.id === 'floors-fill').paint;
  const [, , below, ...steps] = ramp['fill-color'];
  const shares = new Map<string, number>();
  for (const g of groups) {
    if (g.floors === null) continue;
    let colour: string = below;
    for (let i = 0; i < steps.length; i += 2) if (g.floors >= steps[i]) colour = steps[i + 1];
    shares.set(colour, (shares.get(colour) ?? 0) + g.share);
  }
  const present = [...shares].filter(([, share]) => share > 0.02).map(([colour]) => colour);
  expect(present.length).toBeGreaterThanOrEqual(3);

  const view = `v=1&c=11.9446,108.4378&z=15.4&live=0&l=landuse:0,parcels:0,buildings:0,places:0,incidents:0,cameras:0,wards:0`;
  const map = { x: 60, y: 100, width: 860, height: 620 };
  const rgb = (hex: string): [number, number, number] => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)) as [number, number, number];
  const ground = rgb(style.layers.find((l: any) => l.id === 'background').paint['background-color']);
  const seen = (hex: string): [number, number, number] => rgb(hex).map((v, i) => Math.round(v * ramp['fill-opacity'] + ground[i]! * (1 - ramp['fill-opacity']))) as [number, number, number];
  await open(page, `${site}/?${view}`);
  const bare = await pixels(page, map);
  await open(page, `${site}/?${view},floors`);
  const coloured = await pixels(page, map);
  for (const colour of present) {
    expect.soft(share(coloured, like(seen(colour))), colour).toBeGreaterThan(0.005);
    expect.soft(share(bare, like(seen(colour))), `${colour} without the layer`).toBeLessThan(0.003);
  }
  await page.goto(`${site}/?v=1&c=11.9446,108.4378&z=15.4&live=0&l=floors`);
  await idle(page);
  await picture(page, 'floors');
});
