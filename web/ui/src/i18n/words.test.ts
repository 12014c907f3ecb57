import { expect, test } from 'vitest';
import { en } from './en';
import { vi } from './vi';

const holes = (s: string): string => (s.match(/\{\d\}/g) ?? []).sort().join();

test('both languages say the same things', () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(vi).sort());
  for (const [k, v] of Object.entries(vi)) {
    expect(holes(en[k as keyof typeof vi]), k).toBe(holes(v));
    expect(v.normalize('NFC'), k).toBe(v);
    expect(v.trim(), k).not.toBe('');
  }
});
