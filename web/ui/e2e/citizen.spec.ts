// A citizen at a desk: the city appears, a click says where, how large, what for,
// how many floors and why.
import { accessible, clickMap, expect, idle, open, picture, plot, test } from './page';

const answered = (c: any): boolean => c.planning.floors.outcome === 'answered' && c.reference.number && c.address && c.area.computed < 400;

test('the city appears, and a click answers', async ({ page, site }) => {
  await open(page, `${site}/`);
  await expect(page).toHaveTitle(/Bản đồ đất đai và quy hoạch – Đà Lạt/);
  await expect(page.getByText('Thành phố minh họa')).toBeVisible();
  await picture(page, 'home');
  await accessible(page);

  const p = await plot(site, answered);
  await open(page, `${site}/?v=1&c=${p.lat},${p.lon}&z=18&live=0`);
  await clickMap(page);
  await expect(page.getByTestId('parcel-title')).toHaveText(`Thửa ${p.number} · Tờ ${p.sheet}`);
  const card = page.locator('article');
  await expect(card.getByTestId('floors')).toContainText(`Tối đa ${p.floors} tầng`);
  await expect(card.getByTestId('floors')).toContainText('DEMO-');
  await expect(card.getByTestId('floors')).toContainText('Điều minh họa');
  await expect(card.locator('.where')).toContainText('Phường');
  await expect(card.locator('.size')).toContainText('m²');
  await expect(card.locator('.use')).toContainText('Đất');
  await expect(page).toHaveURL(new RegExp(`sel=${p.id}`));
  await expect(page.locator('[role=status]').first()).toContainText(`Thửa ${p.number}`);
  await idle(page);
  await picture(page, 'card');
  await accessible(page);

  for (const [tab, text] of [['Quy hoạch', 'Ràng buộc đã xét'], ['Chỉ tiêu', 'Mật độ xây dựng tối đa'], ['Biến động', 'Lần 1'], ['Thông tin', 'VN-2000']] as const) {
    await card.getByRole('tab', { name: tab }).click();
    await expect(card.getByRole('tabpanel')).toContainText(text);
  }
  await card.getByRole('tab', { name: 'Quy hoạch' }).click();
  await picture(page, 'card-plan');
  await accessible(page);

  // Back closes the card; forward opens it again.
  await page.goBack();
  await expect(card).toHaveCount(0);
  await page.goForward();
  await expect(page.getByTestId('parcel-title')).toHaveText(`Thửa ${p.number} · Tờ ${p.sheet}`);
  await page.keyboard.press('Escape');
  await expect(card).toHaveCount(0);
});

test('with the keyboard alone: search, card, list of parcels', async ({ page, site }) => {
  const p = await plot(site, answered);
  await open(page, `${site}/?v=1&c=${p.lat},${p.lon}&z=18&live=0`);
  await page.keyboard.press('/');
  const box = page.getByRole('combobox');
  await expect(box).toBeFocused();
  await box.pressSequentially('tran phu');
  const first = page.getByRole('option').first();
  await expect(first).toContainText('Trần Phú');
  await expect(page.locator('[role=status]').first()).toContainText('kết quả');
  await picture(page, 'search');
  await accessible(page);
  await page.keyboard.press('ArrowDown');
  await expect(first).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('feature-title')).toHaveText(/Trần Phú/);
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('feature-title')).toHaveCount(0);

  await page.keyboard.press('/');
  await box.fill(`tờ ${p.sheet} thửa ${p.number}`);
  await expect(page.getByRole('option').first()).toContainText(`Thửa ${p.number}, tờ ${p.sheet}`);
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('parcel-title')).toContainText(`Thửa ${p.number}`);
  await page.keyboard.press('Escape');

  // The map itself: the crosshair, Enter, and the list of what is in view.
  await open(page, `${site}/?v=1&c=${p.lat},${p.lon}&z=18&live=0`);
  await page.locator('.maplibregl-canvas').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('parcel-title')).toHaveText(`Thửa ${p.number} · Tờ ${p.sheet}`);
  await page.keyboard.press('Escape');
  await idle(page);
  await page.keyboard.press('n');
  const list = page.getByRole('region', { name: 'Thửa đất trong khung nhìn' });
  await expect(list.getByRole('button', { name: `Thửa ${p.number},` }).first()).toBeVisible();
  await accessible(page);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('floors')).toBeVisible();
});

test('search: nothing found, coordinates, old wards', async ({ page, site }) => {
  await open(page, `${site}/?live=0`);
  const box = page.getByRole('combobox');
  await box.fill('không có gì như thế');
  await expect(page.getByRole('paragraph').filter({ hasText: 'Không tìm thấy “không có gì như thế”' })).toBeVisible();
  await page.getByRole('button', { name: 'Chọn trên bản đồ' }).click();

  const p = await plot(site, answered);
  await box.fill(`${p.lat}, ${p.lon}`);
  await expect(page.getByRole('option').first()).toContainText('WGS 84');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('parcel-title')).toContainText(`Thửa ${p.number}`);

  const card = await (await fetch(`${site}/api/parcels/${p.id}`)).json();
  await box.fill(`${card.location.northing} ${card.location.easting}`);
  await expect(page.getByRole('option').first()).toContainText('VN-2000');

  await box.fill('phường 1');
  await expect(page.getByRole('option').first()).toContainText('Xuân Hương');
});

test('layers, legend and links keep their state', async ({ page, site }) => {
  const p = await plot(site, answered);
  await open(page, `${site}/?v=1&c=${p.lat},${p.lon}&z=17&live=0`);
  const legend = page.locator('details.legend');
  await expect(legend).toContainText('ODT');
  await page.keyboard.press('l');
  const panel = page.getByRole('region', { name: 'Lớp bản đồ' });
  await panel.getByRole('switch', { name: 'Khu chức năng quy hoạch' }).check();
  await panel.getByRole('switch', { name: 'Camera giao thông' }).uncheck();
  await expect(page).toHaveURL(/l=zones,cameras:0/);
  await idle(page);
  await picture(page, 'layers');
  await accessible(page);
  await panel.getByRole('radio', { name: 'Tối' }).check();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await idle(page);
  await accessible(page);
  await picture(page, 'dark');

  await expect(page).toHaveURL(/bg=toi/);
  const link = page.url();
  await open(page, link);
  await page.keyboard.press('l');
  await expect(panel.getByRole('switch', { name: 'Khu chức năng quy hoạch' })).toBeChecked();
  await expect(panel.getByRole('switch', { name: 'Camera giao thông' })).not.toBeChecked();
});

test('a link with an invalid part says so and shows a map', async ({ page, site }) => {
  await page.goto(`${site}/?v=1&c=nowhere&z=16&sel=12345x&live=0`);
  await expect(page.locator('.toast')).toContainText('c, sel');
  await idle(page);
});

test('English on request, Vietnamese otherwise', async ({ page, site }) => {
  const p = await plot(site, answered);
  await open(page, `${site}/?v=1&c=${p.lat},${p.lon}&z=18&sel=${p.id}&live=0`);
  await expect(page.locator('html')).toHaveAttribute('lang', 'vi');
  await page.getByRole('button', { name: 'English' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await expect(page.getByTestId('floors')).toContainText(`At most ${p.floors} floors`);
  await expect(page).toHaveURL(/lang=en/);
});

test('cameras, incidents and sights have cards', async ({ page, site }) => {
  for (const [layer, title] of [['incidents', /.+/], ['cameras', /.+/], ['places', /Hồ Xuân Hương/]] as const) {
    const q = layer === 'places' ? '?name=' + encodeURIComponent('Hồ Xuân Hương') : '?limit=1';
    const f = (await (await fetch(`${site}/api/collections/${layer}/items${q}`)).json()).features[0];
    const [lon, lat] = f.geometry.coordinates;
    await open(page, `${site}/?v=1&c=${lat},${lon}&z=19&live=0`);
    await clickMap(page);
    const several = page.getByRole('heading', { name: /đối tượng tại đây/ });
    const card = page.getByTestId('feature-title');
    await expect(several.or(card)).toBeVisible();
    if (await several.isVisible()) await page.locator('li button').first().click();
    await expect(card).toHaveText(title);
    await accessible(page);
    if (layer === 'incidents') await picture(page, 'incident');
  }
});
