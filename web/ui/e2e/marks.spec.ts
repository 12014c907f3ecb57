// A planner who has stood before a plot corrects the width of its street: the rules that
// ask for it answer otherwise, the card says so, and taking it back restores all.
import { accessible, expect, idle, open, picture, plot, test } from './page';

// The planner's panel asks without a key first, and the browser logs that it is refused.
test.use({ expected: /status of 401/ });

const onStreet = (c: any): boolean =>
  c.frontage?.confidence === 'high' && c.frontage.streets.length === 1 && c.frontage.streets[0].width < 19 && !c.frontage.edges.some((e: any) => e.faces !== 'parcel' && e.kind !== 'front') &&
  c.planning.requirements.some((r: any) => r.could?.some((k: any) => k.rule === 'QCVN-FRONTAGE'));

test('a frontage is corrected, and the correction taken back', async ({ page, site }) => {
  test.setTimeout(120_000);
  const p = await plot(site, onStreet, [108.436, 11.95]);
  const told = async (): Promise<any> => (await fetch(`${site}/api/parcels/${p.id}`)).json();
  const plain = async (): Promise<string> => (await fetch(`${site}/parcels/${p.id}?lang=vi`)).text();
  // What the standard asks of a town house's lot depends on how wide its street is.
  const asked = async (): Promise<number> => {
    const r = await fetch(`${site}/api/planning/check`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ parcel: p.id, use: 'ODT', floors: 2, buildingKind: 'townHouse' }) });
    return ((await r.json()) as any).checks.find((k: any) => k.limit === 'minFrontage').allowed;
  };
  const before = await told();
  expect(await asked()).toBe(4);
  await open(page, `${site}/?v=1&c=${p.lat},${p.lon}&z=19&sel=${p.id}&live=0`);
  const card = page.locator('article');
  const frontage = card.locator('dl div', { has: page.getByText('Mặt tiền', { exact: true }) });
  await expect(frontage).toContainText(' m');
  await expect(frontage).not.toContainText('đã hiệu chỉnh');

  // Nobody in particular is not offered it.
  const correct = card.getByRole('button', { name: 'Sửa mặt tiền' });
  await expect(correct).toHaveCount(0);
  await page.getByRole('button', { name: 'Truy vấn quy hoạch' }).click();
  await page.locator('header').getByRole('button', { name: 'Đăng nhập bằng khóa' }).click();
  await page.getByLabel('Khóa truy cập').fill(process.env['LANGBIANG_KEY']!);
  await page.getByRole('button', { name: 'Đăng nhập', exact: true }).click();

  // By the keyboard alone: the button, the list, the form.
  await correct.focus();
  await page.keyboard.press('Enter');
  const panel = card.getByRole('region', { name: 'Hiệu chỉnh mặt tiền' });
  await expect(panel.getByRole('heading')).toBeFocused();
  const edges = panel.getByRole('radio');
  await expect(edges).toHaveCount(before.frontage.edges.length);
  const front = before.frontage.edges.findIndex((e: any) => e.kind === 'front');
  await edges.nth(front).focus();
  await page.keyboard.press('Space');
  await expect(panel.getByLabel('Cạnh này là')).toHaveValue('front');
  await panel.getByLabel('Lộ giới (m)').fill('25');
  await panel.getByLabel('Văn bản, biên bản').fill('BB 12/2026');
  await panel.getByLabel('Ghi chú nội bộ').fill('Đo tại chỗ');
  await accessible(page);
  await idle(page);
  await picture(page, 'marks');
  await panel.getByLabel('Văn bản, biên bản').press('Enter');

  await expect(frontage).toContainText('đã hiệu chỉnh');
  await expect(frontage).toContainText('rộng 25 m');
  const after = await told();
  expect(await asked()).toBe(5);
  expect(await plain()).toContain('lộ giới 25 m, đã hiệu chỉnh');
  expect(after.frontage.streets[0].widthSource).toBe('mark');
  expect(JSON.stringify(after)).not.toContain('Đo tại chỗ');

  // An edge is chosen in the sketch; what was said of it is there; it is taken back.
  await correct.click();
  await panel.locator('svg g').nth(front).click();
  await expect(edges.nth(front)).toBeChecked();
  await expect(panel.getByLabel('Lộ giới (m)')).toHaveValue('25');
  await panel.getByLabel('Cạnh này là').selectOption('side');
  await panel.getByRole('button', { name: 'Lưu hiệu chỉnh' }).click();
  await expect(frontage).toContainText('không giáp đường');
  expect((await told()).frontage.landlocked).toBe(true);

  await correct.click();
  await edges.nth(front).check();
  await panel.getByRole('button', { name: 'Bỏ hiệu chỉnh của cạnh này' }).click();
  await expect(frontage).not.toContainText('đã hiệu chỉnh');
  expect(await told()).toEqual(before);
  expect(await asked()).toBe(4);
});
