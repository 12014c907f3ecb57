import { describe, expect, test } from 'vitest';
import { only, scale } from './paint';
import { touches, type Box } from './tiles';

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

describe('tiles that a box touches', () => {
  const edge = (26254 / 2 ** 15) * 360 - 180; // the western one of the tile
  test('a place in Da Lat', () => {
    const box: Box = [108.4383, 11.9404, 108.4384, 11.9405];
    const found = [];
    for (let x = 26250; x < 26260; x++) for (let y = 15285; y < 15295; y++) if (touches(box, { z: 15, x, y })) found.push([x, y]);
    expect(found).toEqual([[26254, 15289]]);
    expect(touches(box, { z: 8, x: 26254 >> 7, y: 15289 >> 7 })).toBe(true);
  });
  test('a shape at a border touches both sides', () => {
    expect([26252, 26253, 26254, 26255].filter((x) => touches([edge, 11.9404, edge, 11.9404], { z: 15, x, y: 15289 }))).toEqual([26253, 26254]);
  });
  test('a shape beyond what a tile reaches does not', () => {
    const lon = edge + (360 / 2 ** 15) * 0.02; // further than a 64th of a tile
    expect([26253, 26254].filter((x) => touches([lon, 11.9404, lon, 11.9404], { z: 15, x, y: 15289 }))).toEqual([26254]);
  });
  test('the ends of the world', () => {
    for (const [x, y] of [[0, 0], [1, 0], [0, 1], [1, 1]] as const) expect(touches([-200, -90, 200, 90], { z: 1, x, y })).toBe(true);
  });
});
