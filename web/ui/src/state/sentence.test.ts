import { expect, test } from 'vitest';
import { blankSentence, body, isEmpty } from './sentence';

const shape: GeoJSON.Polygon = { type: 'Polygon', coordinates: [[[108.43, 11.94], [108.44, 11.94], [108.44, 11.95], [108.43, 11.94]]] };

test('the question of the city', () => {
  const s = { ...blankSentence(), uses: ['ODT'], areaFrom: 500, areaTo: 2000, conversion: 'differs' as const, roadWidth: 12, roadWithin: 50, floorsFrom: 4, ward: '24781' };
  expect(body(s, shape, 100, ['-area'])).toEqual({
    'filter-text': "(use = 'ODT' OR use LIKE 'ODT+%') AND area BETWEEN 500 AND 2000 AND floors >= 4 AND conversion IN ('mayApply','notInPlan')",
    near: [{ layer: 'roads', within: 50, 'filter-text': 'width >= 12' }],
    within: { ward: '24781', geometry: shape },
    sortby: ['-area'],
    limit: 100,
  });
});

test('what is typed stays inside its brackets and quotes', () => {
  expect(body({ ...blankSentence(), uses: ["O'D"], more: ' frontage < 5 OR height > 10 ' }, null, 0)).toEqual({ limit: 0, 'filter-text': "(use = 'O''D' OR use LIKE 'O''D+%') AND (frontage < 5 OR height > 10)" });
});

test('nothing asked is every parcel', () => {
  expect(body(blankSentence(), null, 0)).toEqual({ limit: 0 });
  expect(isEmpty(blankSentence(), null)).toBe(true);
  expect(isEmpty(blankSentence(), shape)).toBe(false);
});
