// A citizen with a phone of 375 px, and of 320.
import { accessible, clickMap, expect, idle, open, picture, plot, test } from './page';

test.use({ viewport: { width: 375, height: 740 }, hasTouch: true, isMobile: true });

test('the sheet stands at three heights and leaves the plot in view', async ({ page, site }) => {
  const p = await plot(site, (c: any) => c.planning.floors.outcome === 'answered' && c.reference.number && c.area.computed < 400);
  await open(page, `${site}/?v=1&c=${p.lat},${p.lon}&z=18&live=0`);
  await accessible(page);
  await clickMap(page);
  await expect(page.getByTestId('parcel-title')).toHaveText(`Thửa ${p.number} · Tờ ${p.sheet}`);
  await expect(page.getByTestId('floors')).toContainText(`Tối đa ${p.floors} tầng`);
  await expect(page.getByTestId('floors')).toBeInViewport();
  await idle(page);
  await picture(page, 'phone');
  await accessible(page);

  const sheet = page.locator('.sheet');
  const handle = page.getByRole('button', { name: /đổi độ cao/ });
  const height = async (): Promise<number> => Math.round((await sheet.boundingBox())!.height);
  const half = await height();
  await handle.click();
  await expect.poll(height).toBeGreaterThan(half + 100);
  await picture(page, 'phone-full');
  await handle.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect.poll(height).toBeLessThan(half - 100);
  await expect(page.getByTestId('parcel-title')).toBeInViewport();
  await picture(page, 'phone-peek');

  // Dragged up by a finger.
  const b = (await handle.boundingBox())!;
  await page.mouse.move(b.x + b.width / 2, b.y + 10);
  await page.mouse.down();
  await page.mouse.move(b.x + b.width / 2, b.y - 260, { steps: 6 });
  await page.mouse.up();
  await expect.poll(height).toBe(half);
  await page.getByRole('button', { name: 'Đóng' }).click();
  await expect(sheet).toHaveCount(0);
});

test('nothing is wider than the screen, and what is pressed is large enough', async ({ page, site }) => {
  for (const width of [375, 320]) {
    await page.setViewportSize({ width, height: 640 });
    await open(page, `${site}/?live=0`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    await page.getByRole('button', { name: 'Lớp bản đồ' }).click();
    await expect(page.getByRole('region', { name: 'Lớp bản đồ' })).toBeInViewport();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    await page.getByRole('button', { name: 'Đóng' }).click();
    const small = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('header button, .stack button, [role=combobox]')].filter((e) => e.offsetParent !== null && (e.offsetWidth < 42 || e.offsetHeight < 42)).map((e) => e.outerHTML.slice(0, 80)),
    );
    expect(small).toEqual([]);
  }
});

test('search on a phone', async ({ page, site }) => {
  await open(page, `${site}/?live=0`);
  await page.getByRole('combobox').fill('ho xuan huong');
  await page.getByRole('option').filter({ hasText: 'Hồ Xuân Hương' }).first().tap();
  await expect(page.getByTestId('feature-title')).toHaveText('Hồ Xuân Hương');
  await idle(page);
  await picture(page, 'phone-place');
});

test('a planner on a phone draws an area by tapping', async ({ page, site, context }) => {
  const r = await context.request.post(`${site}/api/session`, { data: { key: process.env['LANGBIANG_KEY'] } });
  expect(r.ok()).toBe(true);
  await open(page, `${site}/?v=1&c=11.9446,108.4378&z=15&live=0`);
  await page.getByRole('button', { name: 'Lớp bản đồ' }).tap();
  await page.getByRole('button', { name: 'Truy vấn quy hoạch' }).tap();
  const panel = page.getByRole('region', { name: 'Truy vấn quy hoạch' });
  await expect(panel.getByTestId('query-count')).toHaveText('97.751 thửa');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375);
  await panel.getByRole('button', { name: 'Vẽ vùng' }).tap();
  await expect(panel).toHaveCount(0); // it makes room
  for (const [x, y] of [[60, 300], [320, 300], [320, 600]] as const) await page.touchscreen.tap(x, y);
  await picture(page, 'phone-draw');
  await accessible(page);
  await page.getByRole('button', { name: 'Đóng vùng' }).tap();
  await expect(panel.getByTestId('query-count')).toHaveText(/^[1-9][\d.]* thửa$/);
  await expect(panel.getByTestId('query-count')).not.toHaveText('97.751 thửa');
  await panel.getByRole('button', { name: 'Hiện trên bản đồ và bảng' }).tap();
  await panel.getByRole('tab', { name: 'Tổng hợp' }).tap();
  await expect(panel.getByRole('region', { name: 'Tổng hợp' }).locator('tbody tr').first()).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375);
  await picture(page, 'phone-planner');
  await accessible(page);
  await panel.getByRole('button', { name: 'Đóng' }).tap();
  await expect(page.getByRole('button', { name: /^Truy vấn: / })).toBeInViewport();
});
