import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Reread } from './reread';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

// A thing that is read from a server: when a reading began, what it will answer.
class Server {
  version = 0;
  shown = -1;
  under = 0;
  together = 0; // the most readings at once
  began: number[] = [];
  takes = 10; // ms
  down = false;

  async read(): Promise<boolean> {
    this.began.push(Date.now());
    this.together = Math.max(this.together, ++this.under);
    const [answer, down] = [this.version, this.down]; // as it stands when it is asked
    await new Promise((done) => setTimeout(done, this.takes));
    this.under--;
    if (!down) this.shown = answer;
    return !down;
  }
}

function setUp(): { s: Server; thing: object; reread: Reread<object>; edit(): void } {
  const s = new Server();
  const thing = {};
  const reread = new Reread<object>(() => s.read());
  return { s, thing, reread, edit: () => (s.version++, reread.changed(thing)) };
}

test('the first change is read at once, and once', async () => {
  const { s, edit } = setUp();
  const now = Date.now();
  edit();
  expect(s.began).toEqual([now]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(s.began).toEqual([now]);
  expect(s.shown).toBe(1);
});

test('a burst is read at its pace, and its end is shown', async () => {
  const { s, edit } = setUp();
  for (let i = 0; i < 1000; i++) {
    edit();
    await vi.advanceTimersByTimeAsync(5);
  }
  await vi.advanceTimersByTimeAsync(1000);
  const apart = s.began.slice(1).map((t, i) => t - s.began[i]!);
  expect(Math.min(...apart)).toBeGreaterThanOrEqual(80);
  expect(Math.max(...apart)).toBeLessThanOrEqual(100); // and nobody waits for longer
  expect(s.shown).toBe(1000);
  expect(s.together).toBe(1);
});

test('a change while it is read makes it be read once more', async () => {
  const { s, edit } = setUp();
  s.takes = 3000;
  edit();
  await vi.advanceTimersByTimeAsync(1000);
  for (let i = 0; i < 5; i++) edit();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(s.began).toHaveLength(2);
  expect(s.shown).toBe(6);
  expect(s.together).toBe(1);
});

test('whatever the times, nothing stays stale and no two readings meet', async () => {
  let seed = 7;
  const random = (n: number): number => (seed = (seed * 48271) % 2147483647) % n;
  for (let run = 0; run < 50; run++) {
    const { s, edit } = setUp();
    for (let i = 0; i < 60; i++) {
      s.takes = random(400);
      s.down = random(10) === 0;
      edit();
      await vi.advanceTimersByTimeAsync(random(150));
    }
    s.down = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(s.shown).toBe(60);
    expect(s.together).toBe(1);
  }
});

test('what cannot be read is tried until it can, ever more rarely', async () => {
  const { s, edit } = setUp();
  s.down = true;
  edit();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(s.began.length).toBeGreaterThan(10);
  expect(s.began.length).toBeLessThan(50);
  s.down = false;
  await vi.advanceTimersByTimeAsync(2100);
  expect(s.shown).toBe(1);
});

test('things do not wait for each other', async () => {
  const [slow, quick] = [{}, {}];
  const read: object[] = [];
  const reread = new Reread<object>(async (t) => {
    if (t === slow) await new Promise(() => undefined);
    read.push(t);
    return true;
  });
  reread.changed(slow);
  reread.changed(quick);
  await vi.advanceTimersByTimeAsync(100);
  expect(read).toEqual([quick]);
});
