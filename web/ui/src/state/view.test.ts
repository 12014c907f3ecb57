import { describe, expect, test } from 'vitest';
import { blank, decode, encode, opacity } from './view';

describe('the view in the address', () => {
  test('a plain view has a plain address', () => {
    expect(encode(blank())).toBe('');
    expect(decode('')).toEqual({ view: blank(), invalid: [] });
  });

  test.each([
    '?v=1&c=11.94040,108.43830&z=16.4&b=-12.5&p=30&l=landuse:0.6,zones,cameras:0&bg=toi&sel=123&q=eyJ1c2VzIjpbIk9EVCJdfQ&cmp=0.5&lang=en&live=0',
    '?v=1&sel=cameras:42',
    '?v=1&c=-11.00000,-108.00000&z=0',
  ])('%s comes back as it was', (text) => {
    const { view, invalid } = decode(text);
    expect(invalid).toEqual([]);
    expect(encode(view)).toBe(text);
  });

  test.each([
    ['c=1', 'c'], ['c=91,0', 'c'], ['c=a,b', 'c'], ['c=,', 'c'], ['c=1,2,3', 'c'], ['z=', 'z'], ['z=-1', 'z'], ['z=NaN', 'z'], ['z=1e9', 'z'], ['p=86', 'p'], ['b=x', 'b'],
    ['l=nope', 'l'], ['l=zones:2', 'l'], ['l=zones:', 'l'], ['l=zones:1:1', 'l'], ['l=__proto__', 'l'], ['l=toString', 'l'], ['bg=red', 'bg'],
    ['sel=x', 'sel'], ['sel=cameras:', 'sel'], ['sel=<script>', 'sel'], ['sel=12345678901234567', 'sel'], ['cmp=1', 'cmp'], ['q=', 'q'], ['q=a%20b', 'q'], ['lang=fr', 'lang'], ['live=2', 'live'], ['v=2', 'v'],
  ])('%s is left out and named', (text, name) => {
    const { view, invalid } = decode('?' + text);
    expect(invalid).toEqual([name]);
    expect(view).toEqual(blank());
  });

  test('what is valid stands beside what is not', () => {
    const { view, invalid } = decode('?c=11.94,108.43&z=nope&l=zones:0.5,nope&sel=7');
    expect(invalid).toEqual(['z', 'l']);
    expect(view).toMatchObject({ center: [108.43, 11.94], zoom: null, layers: { zones: 0.5 }, selected: { layer: 'parcels', id: '7' } });
  });

  test('any bytes are read without harm', () => {
    for (let i = 0; i < 2000; i++) {
      const text = Array.from({ length: 40 }, () => String.fromCharCode(32 + Math.floor(Math.random() * 95))).join('');
      const { view } = decode('?l=' + text + '&c=' + text);
      expect(decode(encode(view)).invalid).toEqual([]);
    }
  });

  test('a switch that is not named has its default', () => {
    const v = decode('?l=zones,places:0').view;
    expect([opacity(v, 'zones'), opacity(v, 'places'), opacity(v, 'landuse'), opacity(v, 'restrictions')]).toEqual([1, 0, 1, 0]);
  });
});
