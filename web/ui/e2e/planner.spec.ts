// A planner builds a question by clicking, sees at once how many plots it means, sees
// them on the map and in a table, and takes them along.
import { readFileSync } from 'node:fs';
import { accessible, expect, idle, open, picture, test } from './page';

// Without a key the question is refused, and the browser logs it.
test.use({ expected: /status of 401/ });

test('a question in rows: count, map, table, file', async ({ page, site }) => {
  test.setTimeout(240_000);
  await open(page, `${site}/?v=1&c=11.9446,108.4378&z=14.5&live=0`);
  const panel = page.getByRole('region', { name: 'Truy vấn quy hoạch' });
  await page.getByRole('button', { name: 'Truy vấn quy hoạch' }).click();
  await expect(panel).toContainText('dành cho cán bộ quy hoạch');
  await panel.getByRole('button', { name: 'Đăng nhập bằng khóa' }).click();
  await page.getByLabel('Khóa truy cập').fill(process.env['LANGBIANG_KEY']!);
  await page.getByRole('button', { name: 'Đăng nhập', exact: true }).click();
  await page.getByRole('button', { name: 'Truy vấn quy hoạch' }).click();

  const count = panel.getByTestId('query-count');
  await expect(count).toHaveText('97.751 thửa');
  await accessible(page);
  // The city is assessed in the background after a start.
  const complete = async (): Promise<boolean> => {
    const r = await fetch(`${site}/api/planning/query`, { method: 'POST', headers: { Authorization: `Bearer ${process.env['LANGBIANG_KEY']}`, 'Content-Type': 'application/json' }, body: '{"limit":0}' });
    return ((await r.json()) as { complete: boolean }).complete;
  };
  await expect.poll(complete, { timeout: 150_000 }).toBe(true);

  await panel.getByLabel('Mục đích', { exact: true }).selectOption('ODT');
  await panel.getByRole('group', { name: 'Diện tích' }).getByLabel('từ').fill('500');
  await panel.getByRole('group', { name: 'Diện tích' }).getByLabel('đến').fill('2000');
  await panel.getByRole('group', { name: 'Số tầng được xây' }).getByLabel('từ').fill('3');
  await panel.getByLabel('Cách đường, mét').fill('50');
  const whole = page.waitForResponse((r) => r.url().endsWith('/api/planning/query') && (r.request().postData() ?? '').includes('width >= 12'));
  await panel.getByLabel('Bề rộng đường, mét').fill('12');
  const asked = ((await (await whole).json()) as { numberMatched: number }).numberMatched;
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThan(97_751);
  await expect(count).toHaveText(`${new Intl.NumberFormat('vi-VN').format(asked)} thửa`);

  await panel.getByRole('button', { name: 'Hiện trên bản đồ và bảng' }).click();
  const rows = panel.locator('tbody tr');
  await expect(rows.first()).toContainText('ODT');
  expect(await rows.count()).toBe(Math.min(asked, 200));
  await idle(page);
  await picture(page, 'planner');
  await accessible(page);

  const [file] = await Promise.all([page.waitForEvent('download'), panel.getByRole('button', { name: 'CSV' }).click()]);
  const lines = readFileSync(await file.path(), 'utf8').trim().split('\n');
  expect(lines.length).toBe(asked + 1);

  await rows.first().getByRole('button').click();
  await expect(page.getByTestId('floors')).toContainText('tầng');
});
