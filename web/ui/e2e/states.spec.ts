// What a person sees when something is missing: no script, no WebGL, no server, no
// parcel, no data.
import { chromium } from '@playwright/test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clickMap, expect, idle, open, plot, test } from './page';
import { run, serve } from './server';

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });
  test('the page leads to the plain one, which answers', async ({ page, site }) => {
    await page.goto(`${site}/`);
    await page.getByRole('link', { name: 'Tra cứu thửa đất không cần bản đồ' }).click();
    await expect(page).toHaveURL(/tra-cuu/);
    const p = await plot(site, (c: any) => c.planning.floors.outcome === 'answered' && c.reference.number);
    await page.goto(`${site}/parcels/${p.id}`);
    await expect(page.locator('body')).toContainText('EPSG:5899');
    await expect(page.getByRole('link', { name: 'Xem trên bản đồ' })).toHaveAttribute('href', new RegExp(`sel=${p.id}`));
  });
});

test('without WebGL search and cards still work', async ({ site }, info) => {
  const o = info.project.use.launchOptions!;
  const browser = await chromium.launch({ executablePath: o.executablePath!, args: ['--no-sandbox', '--disable-3d-apis', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'] });
  try {
    const page = await browser.newPage({ locale: 'vi-VN' });
    await page.goto(`${site}/?live=0`);
    await expect(page.getByText('Trình duyệt này không vẽ được bản đồ')).toBeVisible();
    await page.getByRole('combobox').fill('1 tran phu');
    await page.getByRole('option').first().click();
    await expect(page.locator('article h2')).toBeVisible();
  } finally {
    await browser.close();
  }
});

test.describe('when the server is away', () => {
  test.use({ expected: /Failed to load resource|ERR_FAILED|AJAXError|Failed to fetch/ });
  test('the card says so, and another try works', async ({ page, site }) => {
    const p = await plot(site, (c: any) => c.reference.number && c.area.computed < 400);
    await open(page, `${site}/?v=1&c=${p.lat},${p.lon}&z=18&live=0`);
    await page.route('**/api/parcels/**', (r) => r.abort());
    await clickMap(page);
    await expect(page.getByText('Không nối được máy chủ')).toBeVisible();
    await page.unroute('**/api/parcels/**');
    await page.getByRole('button', { name: 'Thử lại' }).click();
    await expect(page.getByTestId('parcel-title')).toContainText(`Thửa ${p.number}`);
  });

  test('layers that do not come are told, the others stay', async ({ page, site }) => {
    await page.route('**/tiles/places/**', (r) => r.abort());
    await open(page, `${site}/?v=1&c=11.9446,108.4378&z=14&live=0`);
    await expect(page.getByText('Một số lớp chưa tải được (1)')).toBeVisible();
  });
});

test.describe('where there is no parcel', () => {
  test.use({ expected: /status of 404/ });
  test('a click says so, with the place and the nearest', async ({ page, site }) => {
    await open(page, `${site}/?v=1&c=11.6,108.1&z=14&live=0`);
    await clickMap(page);
    await expect(page.locator('.side h2')).toHaveText(/ngoài|không/i);
    await expect(page.locator('.side')).toContainText('11.600000, 108.100000');
  });
});

test('an empty store says how to fill it', async ({ page }) => {
  const store = join(mkdtempSync(join(tmpdir(), 'langbiang-e2e-')), 'empty.gpkg');
  expect(run('init', '--store', store, '--name', 'Trống', '--plane', 'EPSG:5899', '--bounds', '108.25,11.75,108.75,12.25').status).toBe(0);
  const server = await serve(store);
  try {
    await page.goto(`${server.url}/?live=0`);
    await idle(page);
    await expect(page.getByText('langbiang import parcels')).toBeVisible();
  } finally {
    await server.stop();
  }
});
