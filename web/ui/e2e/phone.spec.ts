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
