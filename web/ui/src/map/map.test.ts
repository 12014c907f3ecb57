import { describe, expect, test } from 'vitest';
import { only, scale } from './paint';
import { covering } from './tiles';

describe('opacities are scaled where their numbers stand', () => {
  test.each([
    [0.8, 0.4],
    [undefined, undefined],
    [['get', 'o'], ['*', 0.5, ['get', 'o']]],
    [
      ['interpolate', ['linear'], ['zoom'], 10, 0.2, 14, 1],
      ['interpolate', ['linear'], ['zoom'], 10, 0.1, 14, 0.5],
    ],
    [
      ['step', ['zoom'], 0, 12, ['case', ['has', 'use'], 1, 0.5]],
      ['step', ['zoom'], 0, 12, ['*', 0.5, ['case', ['has', 'use'], 1, 0.5]]],
    ],
  ])('%j', (value, want) => expect(scale(value, 0.5)).toEqual(want));

  test('a factor of one changes nothing', () => {
    const v = ['interpolate', ['linear'], ['zoom'], 1, 0.2];
    expect(scale(v, 1)).toBe(v);
  });

  test('one use stands out', () => {
    const is = ['==', ['get', 'use'], 'ODT'];
    expect(only(0.8, is, 0.1)).toEqual(['case', is, 0.8, ['*', 0.1, 0.8]]);
    expect(only(['step', ['zoom'], 0.2, 12, 0.6], is, 0.1)).toEqual(['step', ['zoom'], ['case', is, 0.2, ['*', 0.1, 0.2]], 12, ['case', is, 0.6, ['*', 0.1, 0.6]]]);
  });
});

describe('tiles that cover a box', () => {
  test('a place in Da Lat', () => {
    expect(covering([108.4383, 11.9404, 108.4384, 11.9405], 15, 10)).toEqual([{ z: 15, x: 26254, y: 15289 }]);
  });
  test('a shape at a border touches both sides', () => {
    const lon = (26254 / 2 ** 15) * 360 - 180;
    expect(covering([lon, 11.9404, lon, 11.9404], 15, 10)?.map((t) => t.x)).toEqual([26253, 26254]);
  });
  test('too many are not listed', () => expect(covering([100, 5, 110, 20], 15, 64)).toBeNull());
  test('the ends of the world', () => expect(covering([-200, -90, 200, 90], 1, 10)).toHaveLength(4));
});
