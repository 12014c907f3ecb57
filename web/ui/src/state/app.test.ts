import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { City, Hit } from '../map/city';
import { App } from './app.svelte';

// The browser as far as the app needs it, and a server whose answers come when told.
let pending: { path: string; aborted: () => boolean; answer(body: unknown, status?: number): void }[];
let address: string;

beforeEach(() => {
  pending = [];
  address = '';
  vi.useFakeTimers();
  vi.stubGlobal('window', { setTimeout, clearTimeout, matchMedia: () => ({ matches: false }), innerWidth: 1280, innerHeight: 800 });
  vi.stubGlobal('document', { documentElement: { lang: '' }, title: '' });
  vi.stubGlobal('location', { pathname: '/', get search() { return address.slice(1); } });
  vi.stubGlobal('history', { pushState: (_: unknown, __: string, a: string) => (address = a), replaceState: (_: unknown, __: string, a: string) => (address = a) });
  vi.stubGlobal('fetch', (path: string, o: RequestInit = {}) =>
    new Promise((ok, no) => {
      o.signal?.addEventListener('abort', () => no(new DOMException('', 'AbortError')));
      pending.push({ path, aborted: () => o.signal?.aborted ?? false, answer: (body, status = 200) => ok(new Response(JSON.stringify(body), { status })) });
    }));
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const hit = (layer: string, id: string): Hit => ({ layer, id, properties: {}, lon: 108.44, lat: 11.94 });
const card = (id: string, more: object = {}): object => ({ id, reference: { number: id, sheet: '1' }, use: [], area: { registered: 1, computed: 1 }, location: { lon: 108.4, lat: 11.9 }, planning: { floors: { outcome: 'noData' } }, geometry: null, ...more });
const settle = (): Promise<void> => vi.advanceTimersByTimeAsync(300).then(() => undefined);
const asked = (path: string): (typeof pending)[number] => pending.findLast((p) => p.path === path)!;

function city(): City & { went: number[][] } {
  const went: number[][] = [];
  return { went, select: () => undefined, outline: () => undefined, reveal: () => undefined, pad: () => undefined, show: () => undefined, changed: () => undefined, go: (...to: number[]) => went.push(to) } as never;
}

test('of two clicks the last one counts, in whatever order the answers come', async () => {
  const app = new App();
  app.clicked([hit('parcels', '1')], 108, 11);
  app.clicked([hit('parcels', '2')], 108, 11);
  expect(asked('/api/parcels/1').aborted()).toBe(true);
  asked('/api/parcels/2').answer(card('2'));
  asked('/api/parcels/1').answer(card('1'));
  await settle();
  expect(app.open).toMatchObject({ kind: 'parcel', id: '2', card: { id: '2' } });
  expect(address).toBe('/?v=1&sel=2');
});

test('a card that is closed while it loads stays closed', async () => {
  const app = new App();
  app.clicked([hit('parcels', '1')], 108, 11);
  address = '/'; // the browser went back
  app.back();
  asked('/api/parcels/1').answer(card('1'));
  await settle();
  expect(app.open.kind).toBe('none');
});

test('a list of several things is not replaced by an answer to an earlier click, nor its address kept', async () => {
  const app = new App();
  app.clicked([hit('parcels', '1')], 108, 11);
  app.clicked([hit('cameras', '7'), hit('parcels', '2')], 108, 11);
  asked('/api/parcels/1').answer(card('1'));
  await settle();
  expect(app.open.kind).toBe('chooser');
  expect(address).toBe('/');
});

test('an answer from before a change of language is not kept', async () => {
  const app = new App();
  app.hovered(hit('parcels', '1'), 0, 0);
  await settle();
  const early = asked('/api/parcels/1');
  const changed = app.setLang();
  await vi.waitFor(() => asked('/api').answer({ place: { name: 'X', parcels: 1 } }));
  await changed;
  early.answer(card('1', { disclaimer: 'tiếng Việt' }));
  await settle();
  app.clicked([hit('parcels', '1')], 108, 11);
  expect(asked('/api/parcels/1')).not.toBe(early);
});

test('a link that says what but not where goes there', async () => {
  const app = new App();
  const map = city();
  app.city = map;
  void app.select({ layer: 'parcels', id: '1' }, { push: false, travel: true });
  asked('/api/parcels/1').answer(card('1'));
  await settle();
  expect(map.went).toHaveLength(1);
  expect(map.went[0]!.slice(0, 2)).toEqual([108.4, 11.9]);
});

test('a server that does not answer leaves the place as it was known', async () => {
  const app = new App();
  const first = app.readPlace();
  asked('/api').answer({ detail: 'away' }, 503);
  await first;
  expect(app.place).toMatchObject({ parcels: null }); // not known: not none
  const then = app.readPlace();
  asked('/api').answer({ place: { name: 'Đà Lạt', parcels: 5 } });
  await then;
  const again = app.readPlace();
  asked('/api').answer({}, 503);
  await again;
  expect(app.place).toMatchObject({ name: 'Đà Lạt', parcels: 5 });
});
