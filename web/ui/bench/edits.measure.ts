// How long an edit by another process takes to be seen in this browser: told to the
// page, in a tile that is whole here, on the canvas. bench/edits_test.go has the server,
// makes the edits and writes down what comes of this.
import { VectorTile } from '@mapbox/vector-tile';
import { expect, test, type Request } from '@playwright/test';
import { PbfReader } from 'pbf';
import { writeFileSync } from 'node:fs';
import { idle } from '../e2e/page';

interface Plot {
  id: string;
  points: [number, number][];
}

interface Edit {
  plot: number;
  number: string;
  use: number;
  at: number; // ms since 1970
}

interface Times {
  n: number;
  p50: number;
  p99: number;
  most: number;
  missing: number;
}

// What a fetched tile says of the parcels that are edited.
interface Fetched {
  url: string;
  asked: number;
  at: number;
  numbers: Map<number, number>; // by plot: which edit of all it shows
}

type Watch = { seen: { plot: number; use: number; at: number }[]; told: { at: number; box: number[] | null }[]; frames: number; points: number[][]; colours: number[][][] | null; last: number[]; latest(): number[][][] };

const env = (name: string): string => {
  const v = process.env[name];
  if (!v) throw new Error(`${name} is not set: bench/edits_test.go runs this`);
  return v;
};
const zoom = 18;

const serial = (number: unknown): number => (typeof number === 'string' && /^S\d+$/.test(number) ? Number(number.slice(1)) : 0);

function times(all: number[], missing: number): Times {
  const s = [...all].sort((a, b) => a - b);
  const at = (q: number): number => s[Math.min(s.length - 1, Math.floor(s.length * q))] ?? Infinity;
  return { n: s.length, p50: at(0.5), p99: at(0.99), most: s.at(-1) ?? Infinity, missing };
}

// watch is put into the page before anything of it runs. It looks at the canvas after
// each frame that drew something, and listens to the same events as the page.
function watch(): void {
  const w: Watch = { seen: [], told: [], frames: 0, points: [], colours: null, last: [], latest: () => [] };
  (window as unknown as { watched: Watch }).watched = w;
  let gl: WebGL2RenderingContext | null = null;
  let drew = false;
  const get = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, ...args: unknown[]) {
    const made = get.apply(this, args as never);
    if (args[0] === 'webgl2' && made && !gl) {
      gl = made as unknown as WebGL2RenderingContext;
      const draw = gl.drawElements;
      gl.drawElements = function (...a) {
        drew = true;
        draw.apply(gl!, a);
      };
    }
    return made;
  } as typeof get;
  // What was drawn is copied by the renderer when it is done, and fetched then: the page
  // does not stand still for it.
  let pixels = new Uint8Array(0);
  const copy = (then: () => void): void => {
    const g = gl!;
    const [width, height] = [g.drawingBufferWidth, g.drawingBufferHeight];
    if (pixels.length !== width * height * 4) pixels = new Uint8Array(width * height * 4);
    const [frame, pack] = [g.getParameter(g.FRAMEBUFFER_BINDING) as WebGLFramebuffer | null, g.getParameter(g.PIXEL_PACK_BUFFER_BINDING) as WebGLBuffer | null];
    const into = g.createBuffer();
    g.bindFramebuffer(g.FRAMEBUFFER, null);
    g.bindBuffer(g.PIXEL_PACK_BUFFER, into);
    g.bufferData(g.PIXEL_PACK_BUFFER, pixels.length, g.STREAM_READ);
    g.readPixels(0, 0, width, height, g.RGBA, g.UNSIGNED_BYTE, 0);
    const done = g.fenceSync(g.SYNC_GPU_COMMANDS_COMPLETE, 0)!;
    g.bindBuffer(g.PIXEL_PACK_BUFFER, pack);
    g.bindFramebuffer(g.FRAMEBUFFER, frame);
    g.flush();
    const look = (): void => {
      if (g.getSyncParameter(done, g.SYNC_STATUS) !== g.SIGNALED) {
        setTimeout(look, 4);
        return;
      }
      const was = g.getParameter(g.PIXEL_PACK_BUFFER_BINDING) as WebGLBuffer | null;
      g.bindBuffer(g.PIXEL_PACK_BUFFER, into);
      g.getBufferSubData(g.PIXEL_PACK_BUFFER, 0, pixels);
      g.bindBuffer(g.PIXEL_PACK_BUFFER, was);
      g.deleteBuffer(into);
      g.deleteSync(done);
      latest = w.points.map((p) => {
        const out: number[][] = [];
        for (let i = 0; i < p.length; i += 2) {
          const at = ((height - 1 - p[i + 1]!) * width + p[i]!) * 4;
          out.push([pixels[at]!, pixels[at + 1]!, pixels[at + 2]!]);
        }
        return out;
      });
      then();
    };
    setTimeout(look, 4);
  };
  let latest: number[][][] = [];
  w.latest = () => latest;
  const seen = (): void => {
    if (!w.colours) return;
    const at = performance.timeOrigin + performance.now();
    w.colours.forEach((pair, plot) => {
      if (!pair.length) return;
      const is = latest[plot]![pair[2]![0]!]!;
      const far = (c: number[]): number => Math.abs(c[0]! - is[0]!) + Math.abs(c[1]! - is[1]!) + Math.abs(c[2]! - is[2]!);
      const use = far(pair[0]!) < far(pair[1]!) ? 0 : 1;
      if (w.last[plot] !== use) w.seen.push({ plot, use, at });
      w.last[plot] = use;
    });
  };
  const frame = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (f) =>
    frame((t) => {
      drew = false;
      f(t);
      if (!drew || !w.points.length) return;
      w.frames++;
      copy(seen);
    });
  const Source = window.EventSource;
  window.EventSource = class extends Source {
    constructor(url: string | URL, init?: EventSourceInit) {
      super(url, init);
      this.addEventListener('change', (e) => {
        const c = JSON.parse((e as MessageEvent<string>).data) as { layer?: string; ids?: (string | number)[] };
        if (c.layer === 'parcels') w.told.push({ at: performance.timeOrigin + performance.now(), box: (c.ids ?? []).map(Number) });
      });
    }
  };
}

test('edits are seen', async ({ page }) => {
  const [site, editor] = [env('LANGBIANG_URL'), env('LANGBIANG_EDITOR')];
  const [lon, lat] = env('LANGBIANG_CENTRE').split(',').map(Number) as [number, number];
  const ask = async <T>(path: string, method = 'POST'): Promise<T> => {
    const r = await fetch(editor + path, { method });
    if (!r.ok) throw new Error(`${path}: ${r.status} ${await r.text()}`);
    return (await r.json()) as T;
  };
  const plots = await ask<Plot[]>('/plots', 'GET');
  const index = new Map(plots.map((p, i) => [Number(p.id), i]));
  const fetched: Fetched[] = [];
  const reading: Promise<void>[] = [];
  const listen = (request: Request): void => {
    if (!/\/tiles\/[^?]*parcels[^?]*\.mvt/.test(request.url())) return;
    const t = request.timing();
    const at = t.startTime + t.responseEnd;
    reading.push(
      (async () => {
        const response = await request.response();
        if (response?.status() !== 200) return;
        const layer = new VectorTile(new PbfReader(await response.body())).layers['parcels'];
        const numbers = new Map<number, number>();
        for (let i = 0; i < (layer?.length ?? 0); i++) {
          const f = layer!.feature(i);
          const plot = index.get(Number(f.id));
          if (plot !== undefined) numbers.set(plot, serial(f.properties['number']));
        }
        fetched.push({ url: request.url(), asked: t.startTime, at, numbers });
      })(),
    );
  };
  page.on('requestfinished', listen);

  await page.addInitScript(watch);
  await page.goto(`${site}/?v=1&c=${lat},${lon}&z=${zoom}&l=buildings:0,cameras:0,incidents:0,places:0`);
  await expect(page.getByTestId('link-live')).toBeVisible();
  await idle(page);

  // Where the plots are on the canvas.
  const n = 512 * 2 ** zoom;
  const world = ([x, y]: [number, number]): [number, number] => [((x + 180) / 360) * n, (0.5 - Math.log(Math.tan(Math.PI / 4 + (y * Math.PI) / 360)) / (2 * Math.PI)) * n];
  const box = (await page.locator('.maplibregl-canvas').boundingBox())!;
  const [cx, cy] = world([lon, lat]);
  const points = plots.map((p) => p.points.flatMap((q) => [Math.round(world(q)[0] - cx + box.width / 2), Math.round(world(q)[1] - cy + box.height / 2)]));
  await page.evaluate((points) => void ((window as unknown as { watched: Watch }).watched.points = points), points);

  // Which colours the two uses have there, and at which point of a plot they differ most.
  const shown = async (use: number): Promise<number[][][]> => {
    const made = await ask<Edit>(`/all?use=${use}`);
    const want = serial(made.number);
    await expect.poll(() => new Set(fetched.flatMap((f) => [...f.numbers].filter(([, s]) => s >= want).map(([p]) => p))).size, { timeout: 20_000 }).toBe(plots.length);
    await page.waitForTimeout(1500);
    await idle(page);
    return page.evaluate(() => (window as unknown as { watched: Watch }).watched.latest());
  };
  const [one, two] = [await shown(1), await shown(0)]; // the run begins where the second leaves off
  let watchedPlots = 0;
  const colours = plots.map((_, i) => {
    const far = two[i]!.map((c, k) => c.reduce((s, v, j) => s + Math.abs(v - one[i]![k]![j]!), 0));
    const best = far.indexOf(Math.max(...far));
    if (far[best]! < 24) return [];
    watchedPlots++;
    return [two[i]![best]!, one[i]![best]!, [best]];
  });
  await page.evaluate((colours) => {
    const w = (window as unknown as { watched: Watch }).watched;
    w.colours = colours;
    w.seen = [];
    w.told = [];
    w.frames = 0;
    w.last = colours.map(() => 0);
  }, colours);
  await Promise.all(reading);
  fetched.length = 0;

  const edits = await ask<Edit[]>('/run');
  // The end is when the map is idle and has fetched nothing for two seconds.
  for (let n = -1, i = 0; n !== fetched.length && i < 10; i++) {
    n = fetched.length;
    await page.waitForTimeout(2000);
    await idle(page);
  }
  page.off('requestfinished', listen);
  await Promise.all(reading);
  // What is under the pointer is tinted: the map is drawn once more, by what it holds.
  const drawn = async (): Promise<number[][][]> => {
    await page.mouse.move(box.x + box.width / 2, box.y + box.height - 30);
    await page.mouse.move(box.x + 30, box.y + box.height - 30);
    await page.waitForTimeout(1000);
    return page.evaluate(() => (window as unknown as { watched: Watch }).watched.latest());
  };
  const held = await drawn();
  const w = await page.evaluate(() => {
    const { seen, told, frames } = (window as unknown as { watched: Watch }).watched;
    return { seen, told, frames };
  });
  // What is right is what the page shows when it is loaded anew.
  await page.reload();
  await idle(page);
  await page.evaluate((points) => void ((window as unknown as { watched: Watch }).watched.points = points), points);
  await drawn();
  const anew = await drawn();

  const order = [...fetched].sort((a, b) => a.at - b.at);
  const asked: number[] = [];
  const bytes: number[] = [];
  const painted: number[] = [];
  const told: number[] = [];
  let missing = 0;
  let unpainted = 0;
  let untold = 0;
  for (const e of edits) {
    const s = serial(e.number);
    const tile = order.find((f) => (f.numbers.get(e.plot) ?? 0) >= s);
    if (tile) {
      asked.push(tile.asked - e.at);
      bytes.push(tile.at - e.at);
    } else missing++;
    const id = Number(plots[e.plot]!.id);
    const event = w.told.find((x) => x.at >= e.at - 5 && x.box?.includes(id));
    if (event) told.push(event.at - e.at);
    else untold++;
    if (!colours[e.plot]!.length) continue;
    const paint = w.seen.find((x) => x.plot === e.plot && x.use === e.use && x.at >= e.at - 5);
    if (paint) painted.push(paint.at - e.at);
    else unpainted++;
  }
  const final = new Map<number, Edit>();
  for (const e of edits) final.set(e.plot, e);
  const latest = new Map<string, Fetched>();
  for (const f of order) latest.set(f.url, f);
  let staleTiles = 0;
  for (const f of latest.values()) for (const [plot, s] of f.numbers) if (s < serial(final.get(plot)?.number)) staleTiles++;
  let stalePaint = 0;
  colours.forEach((pair, plot) => {
    if (!pair.length) return;
    const at = pair[2]![0]!;
    if (held[plot]![at]!.some((v, i) => Math.abs(v - anew[plot]![at]![i]!) > 8)) stalePaint++;
  });
  const lasted = (edits.at(-1)!.at - edits[0]!.at) / 1000;
  writeFileSync(
    env('LANGBIANG_SEEN'),
    JSON.stringify({ edits: edits.length, lasted, told: times(told, untold), asked: times(asked, missing), bytes: times(bytes, missing), painted: times(painted, unpainted), watched: watchedPlots, tiles: fetched.length, staleTiles, stalePaint, frames: w.frames / lasted }),
  );
  expect(bytes.length).toBeGreaterThan(edits.length / 2);
  expect(watchedPlots).toBeGreaterThan(plots.length / 4);
});
