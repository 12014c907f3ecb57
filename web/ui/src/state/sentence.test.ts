import { expect, test } from 'vitest';
import { blankSentence, body, coded, isEmpty, pack, unpack, type Sentence } from './sentence';

const shape: GeoJSON.Polygon = { type: 'Polygon', coordinates: [[[108.43, 11.94], [108.44, 11.94], [108.44, 11.95], [108.43, 11.94]]] };
const ofTheCity: Sentence = { ...blankSentence(), uses: ['ODT'], areaFrom: 500, areaTo: 2000, conversion: 'differs', roadWidth: 12, roadWithin: 50, floorsFrom: 4, ward: '24781' };

test('the question of the city', () => {
  expect(body(ofTheCity, shape)).toEqual({
    'filter-text': "(use = 'ODT' OR use LIKE 'ODT+%') AND area BETWEEN 500 AND 2000 AND floors >= 4 AND conversion IN ('mayApply','notInPlan')",
    near: [{ layer: 'roads', within: 50, 'filter-text': 'width >= 12' }],
    within: { ward: '24781', geometry: shape },
  });
});

test('every row is a condition', () => {
  const s: Sentence = { ...blankSentence(), floorsTo: 5, outcome: 'answered', leftFrom: 100, plannedUse: 'CXV', zone: " Z'1 ", frontageFrom: 5, roadWithin: 20, nearLayer: 'water', nearWithin: 30 };
  expect(body(s, null)).toEqual({
    'filter-text': "floors <= 5 AND outcome = 'answered' AND capacity_left >= 100 AND planned_use = 'CXV' AND zone = 'Z''1' AND frontage >= 5",
    near: [{ layer: 'roads', within: 20 }, { layer: 'water', within: 30 }],
  });
  expect(body({ ...blankSentence(), roadWidth: 12, nearLayer: 'water' }, null)).toEqual({}); // how near is not said
});

test('what is typed stays inside its brackets and quotes', () => {
  expect(body({ ...blankSentence(), uses: ["O'D"], more: ' frontage < 5 OR height > 10 ' }, null)).toEqual({ 'filter-text': "(use = 'O''D' OR use LIKE 'O''D+%') AND (frontage < 5 OR height > 10)" });
});

test('nothing asked is every parcel', () => {
  expect(body(blankSentence(), null)).toEqual({});
  expect(isEmpty(blankSentence(), null)).toBe(true);
  expect(isEmpty(blankSentence(), shape)).toBe(false);
  expect(pack(blankSentence(), null)).toBe('');
});

test('an address carries a question there and back', () => {
  for (const [s, area] of [[ofTheCity, shape], [{ ...blankSentence(), more: "name = 'Đà Lạt – “phố”'" }, null], [blankSentence(), shape]] as const) {
    const text = pack(s, area);
    expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(unpack(text)).toEqual({ s, shape: area });
  }
});

test.each([
  'x', '', '***', coded(null), coded([]), coded({ nope: 1 }), coded({ areaFrom: '5' }), coded({ uses: 'ODT' }), coded({ uses: [1] }), coded({ conversion: 'x' }), coded({ nearLayer: 'permits' }), coded({ outcome: 'x' }),
  coded({ more: 'x'.repeat(3000) }), coded({ in: [[108, 11], [109, 11]] }), coded({ in: [[108, 11], [109, 11], [200, 12]] }), coded({ in: [[108, 11], [109, 11], ['a', 12]] }), coded({ __proto__: 1, constructor: 1 }),
])('%s is no question', (text) => {
  expect(unpack(text)).toBeNull();
});
