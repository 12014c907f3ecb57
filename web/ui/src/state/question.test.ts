import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { App } from './app.svelte';
import { Question } from './question.svelte';
import { blankSentence, pack } from './sentence';

// A server that answers at once, as it is told to; what it was asked is noted.
let asked: { path: string; body: any }[];
let matched: number;
let status: number;

beforeEach(() => {
  [asked, matched, status] = [[], 5, 200];
  vi.useFakeTimers();
  vi.stubGlobal('window', { setTimeout, clearTimeout, matchMedia: () => ({ matches: false }), innerWidth: 1280, innerHeight: 800 });
  vi.stubGlobal('document', { documentElement: { lang: '' }, title: '' });
  vi.stubGlobal('location', { pathname: '/', search: '' });
  vi.stubGlobal('history', { pushState: () => undefined, replaceState: () => undefined });
  vi.stubGlobal('fetch', (path: string, o: RequestInit = {}) => {
    asked.push({ path, body: typeof o.body === 'string' ? JSON.parse(o.body) : null });
    const groups = [{ ward: 'w1', count: matched, area: 1, share: 1 }];
    return Promise.resolve(new Response(JSON.stringify({ numberMatched: matched, complete: true, totals: {}, next: null, rows: [], groups }), { status }));
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const settle = (): Promise<void> => vi.advanceTimersByTimeAsync(1000).then(() => undefined);
const questions = (): typeof asked => asked.filter((a) => a.path.includes('/planning/'));

function made(): { app: App; q: Question } {
  const app = new App();
  const q = new Question(app);
  app.question = q;
  return { app, q };
}

test('typing counts once, when it pauses, and the address carries it', async () => {
  const { app, q } = made();
  for (const n of [1, 10, 100]) {
    q.s.areaFrom = n;
    q.edited();
  }
  await settle();
  expect(questions().map((a) => a.body)).toEqual([{ 'filter-text': 'area >= 100', limit: 0 }]);
  expect([q.count, q.answer, app.view.question]).toEqual([5, null, pack({ ...blankSentence(), areaFrom: 100 }, null)]);
});

test('what is shown follows the server’s changes, and only those it rests on', async () => {
  const { q } = made();
  expect(q.restore(pack({ ...blankSentence(), areaFrom: 100 }, null))).toBe(true);
  await q.ask();
  expect(questions()[0]!.body).toMatchObject({ 'filter-text': 'area >= 100', limit: 200 });
  matched = 6;
  q.changed({ layer: 'incidents', bbox: null, rev: 2 });
  await settle();
  expect(q.count).toBe(5);
  q.changed({ layer: 'roads', bbox: null, rev: 3 });
  await settle();
  expect(q.count).toBe(6);
  q.s.nearLayer = 'cameras';
  q.s.nearWithin = 10;
  await q.ask();
  matched = 7;
  q.changed({ layer: 'cameras', bbox: null, rev: 4 });
  await settle();
  expect(q.count).toBe(7);

  // Somebody else: nothing of it is left before they are answered.
  status = 401;
  q.another();
  expect([q.count, q.answer]).toEqual([null, null]);
  await settle();
  expect(q.refused).toBe(true);
});

test('a group of the sums becomes the question', async () => {
  const { q } = made();
  q.s.areaFrom = 1;
  q.shown = true;
  q.sumBy('ward');
  await settle();
  expect(questions().map((a) => [a.path, a.body.groupBy ?? null])).toEqual([['/api/planning/query?f=json', null], ['/api/planning/stats', ['ward']]]);
  expect(q.sums?.groups).toHaveLength(1);
  q.narrow('w1');
  expect(q.request).toEqual({ 'filter-text': 'area >= 1', within: { ward: 'w1' } });
  q.by = 'floors';
  q.narrow(3);
  q.by = 'zone';
  q.narrow('Z1');
  expect(q.request['filter-text']).toBe("area >= 1 AND floors BETWEEN 3 AND 3 AND zone = 'Z1'");
  q.clear();
  await q.ask();
  expect([q.empty, q.shown, q.sums]).toEqual([true, false, null]);
});
