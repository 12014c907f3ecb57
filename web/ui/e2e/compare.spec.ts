// Present use and plan side by side.
import { accessible, expect, open, picture, test } from './page';

test('a line divides present use and plan, and moves by key and by hand', async ({ page, site }) => {
  await open(page, `${site}/?v=1&c=11.9446,108.4378&z=15.5&live=0`);
  await page.getByRole('button', { name: 'So hiện trạng với quy hoạch' }).click();
  const line = page.getByRole('slider', { name: /Vạch chia/ });
  await expect(line).toHaveAttribute('aria-valuenow', '50');
  await expect(page).toHaveURL(/cmp=0.5/);
  // The second map draws too: zones are asked for.
  await expect(page.locator('.other canvas')).toHaveCount(1);
  await expect.poll(() => page.evaluate(() => performance.getEntriesByType('resource').filter((e) => e.name.includes('/tiles/zones')).length)).toBeGreaterThan(0);
  await line.focus();
  await page.keyboard.press('ArrowRight');
  await expect(line).toHaveAttribute('aria-valuenow', '52');
  const box = (await line.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x - 200, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  await expect.poll(async () => Number(await line.getAttribute('aria-valuenow'))).toBeLessThan(42);
  await page.waitForLoadState('networkidle');
  await picture(page, 'compare');
  await accessible(page);
  await page.getByRole('button', { name: 'So hiện trạng với quy hoạch' }).click();
  await expect(line).toHaveCount(0);
  await expect(page.locator('.maplibregl-canvas')).toHaveCount(1);
});
