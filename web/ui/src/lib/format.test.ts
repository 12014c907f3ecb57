import { expect, test } from 'vitest';
import { ago, area, day, instant, number, percent } from './format';

test('numbers as people of the language write them', () => {
  expect(number(1234567.891, 'vi', 2)).toBe('1.234.567,89');
  expect(number(1234567.891, 'en', 2)).toBe('1,234,567.89');
});
test('areas', () => {
  expect(area(245.34, 'vi')).toBe('245,3 m²');
  expect(area(618330.8, 'vi')).toBe('61,83 ha');
  expect(area(99999.9, 'en')).toBe('99,999.9 m²');
});
test('shares', () => {
  expect(percent(1, 'vi')).toBe('100 %');
  expect(percent(0.0123, 'vi')).toBe('1,2 %');
  expect(percent(0.666, 'en')).toBe('67 %');
});
test('days do not move with the reader’s time zone', () => {
  expect(day('2024-01-01', 'vi')).toBe('1/1/2024');
  expect(day('2024-01-01', 'en')).toBe('1 Jan 2024');
  expect(day('not a day', 'vi')).toBe('not a day');
  expect(instant('2026-11-13T18:30:00Z', 'en')).toContain('14 Nov 2026');
});
test('ages', () => {
  const now = Date.parse('2026-11-25T12:00:00Z');
  expect(ago('2026-11-25T11:57:00Z', now, 'vi')).toBe('3 phút trước');
  expect(ago('2026-11-24T12:00:00Z', now, 'en')).toBe('yesterday');
});
