// What the built front end weighs, held to its budget.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync, brotliCompressSync } from 'node:zlib';
import { expect, test } from './page';

const dist = new URL('../dist/', import.meta.url);
const assets = readdirSync(new URL('assets/', dist));
const read = (name: string): Buffer => readFileSync(new URL(name, dist));
const gz = (names: string[]): number => names.reduce((n, f) => n + gzipSync(read(f), { level: 9 }).length, 0) / 1000;
const named = (start: string, end: string): string[] => assets.filter((f) => f.startsWith(start) && f.endsWith(end)).map((f) => 'assets/' + f);

test('each part of the front end keeps to its budget', () => {
  const html = read('index.html').toString();
  const first = (pattern: RegExp): string[] => [...html.matchAll(pattern)].map((m) => m[1]!.slice(1));
  const shell = [...first(/<script type="module"[^>]* src="([^"]+)"/g), ...first(/<link rel="modulepreload"[^>]* href="([^"]+)"/g)].filter((f) => !/\/(city|maplibre)/.test(f));
  const map = named('city-', '.js');
  const worker = named('maplibre-gl-worker-', '.js');
  expect([shell.length > 0, map.length, worker.length]).toEqual([true, 1, 1]);
  const weights = {
    'shell js gz': [gz(shell), 35],
    'map js gz': [gz(map), 310],
    'map js br': [brotliCompressSync(read(map[0]!)).length / 1000, 255],
    'worker gz': [gz(worker), 150],
    'css gz': [gz(named('', '.css')), 16],
    'fonts woff2': [named('', '.woff2').reduce((n, f) => n + read(f).length, 0) / 1000, 70],
  } as const;
  for (const [what, [is, most]] of Object.entries(weights)) {
    console.log(`${what}: ${is.toFixed(1)} kB of ${most}`);
    expect.soft(is, what).toBeLessThanOrEqual(most);
  }
});
