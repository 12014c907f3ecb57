import { expect, test } from 'vitest';
import { en } from './en';
import { vi } from './vi';
import { panels } from './vi.panels';

const holes = (s: string): string => (s.match(/\{\d\}/g) ?? []).sort().join();

test('both languages say the same things', () => {
  const all: Record<string, string> = { ...vi, ...panels };
  expect(Object.keys(all)).toHaveLength(Object.keys(vi).length + Object.keys(panels).length);
  expect(Object.keys(en).sort()).toEqual(Object.keys(all).sort());
  for (const [k, v] of Object.entries(all)) {
    expect(holes(en[k as keyof typeof en]), k).toBe(holes(v));
    expect(v.normalize('NFC'), k).toBe(v);
    expect(v.trim(), k).not.toBe('');
  }
});
