import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { drop, keep, rename, saved } from './saved';

let kept: Record<string, string>;
beforeEach(() => {
  kept = {};
  vi.stubGlobal('localStorage', { getItem: (k: string) => kept[k] ?? null, setItem: (k: string, v: string) => (kept[k] = v) });
});
afterEach(() => vi.unstubAllGlobals());

test('questions are kept by name, the latest first', () => {
  let all = keep(keep(saved(), 'a', 'A1'), 'b', 'B1');
  expect(saved()).toEqual(all);
  all = keep(all, 'a', 'A2');
  expect(saved()).toEqual([{ name: 'a', q: 'A2' }, { name: 'b', q: 'B1' }]);
  all = rename(all, 'b', 'c');
  expect(saved().map((s) => s.name)).toEqual(['a', 'c']);
  rename(all, 'a', 'c'); // takes the other's place
  expect(saved()).toEqual([{ name: 'c', q: 'A2' }]);
  drop(saved(), 'c');
  expect(saved()).toEqual([]);
});

test('what was written by somebody else does no harm', () => {
  for (const text of ['nonsense', '{}', 'null', '[1, null, {"name":"x"}, {"name":"","q":"A"}, {"name":"y","q":"<b>"}]']) {
    kept['queries'] = text;
    expect(saved()).toEqual([]);
  }
});

test('a browser that keeps nothing is no error', () => {
  vi.stubGlobal('localStorage', { getItem: () => { throw new Error('no'); }, setItem: () => { throw new Error('no'); } });
  expect(keep(saved(), 'a', 'A')).toEqual([{ name: 'a', q: 'A' }]);
});
