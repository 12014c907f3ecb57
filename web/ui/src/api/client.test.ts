import { expect, test } from 'vitest';
import { client, Problem } from './client';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): typeof fetch => () => Promise.resolve(new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers }));

test('a problem keeps the server’s words, code and request', async () => {
  const c = client(() => 'vi', answer(404, { code: 'place.noParcel', detail: 'Không có thửa đất.', nearest: { id: '7' } }, { 'X-Request-Id': 'abc' }));
  const e = await c.at(108, 11).catch((x: unknown) => x);
  expect(e).toBeInstanceOf(Problem);
  expect(e).toMatchObject({ status: 404, code: 'place.noParcel', message: 'Không có thửa đất.', reference: 'abc', more: { nearest: { id: '7' } } });
});
test('an answer of something between is a problem too', async () => {
  const e = await client(() => 'vi', answer(502, '<html>')).card('1').catch((x: unknown) => x);
  expect(e).toMatchObject({ status: 502, code: '' });
});
test('no answer is a problem of status 0; a stopped question is not', async () => {
  const away = client(() => 'vi', () => Promise.reject(new TypeError('fetch failed')));
  expect(await away.card('1').catch((x: unknown) => x)).toMatchObject({ status: 0, code: 'network' });
  const stopped = client(() => 'vi', () => Promise.reject(new DOMException('', 'AbortError')));
  expect(await stopped.card('1').catch((x: unknown) => x)).toBeInstanceOf(DOMException);
});
test('what is asked is said in the reader’s language', async () => {
  const asked: Request[] = [];
  const c = client(() => 'en', (i, o) => (asked.push(new Request(new URL(String(i), 'http://a'), o)), Promise.resolve(Response.json({ results: [] }))));
  await c.search('tờ 12 thửa 3 & 4', { limit: 5, near: [108.438, 11.94], kinds: ['parcel'] });
  expect(asked[0]!.headers.get('Accept-Language')).toBe('en');
  const q = new URL(asked[0]!.url).searchParams;
  expect([q.get('q'), q.get('limit'), q.get('near'), q.get('kinds')]).toEqual(['tờ 12 thửa 3 & 4', '5', '108.43800,11.94000', 'parcel']);
});
