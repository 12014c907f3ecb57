// The planner's question that is being asked: its sentence, how many plots it means,
// and, once it is shown, which. It outlives its panel: the result stays on the map
// while the panel is closed. Fetched with the panel.
import { Problem, type Client } from '../api/client';
import type { Answer, Change, Stats } from '../api/types';
import { number, type Lang } from '../lib/format';
import type { Drawing, Overlay } from '../map/overlay';
import { blankSentence, body, coded, isEmpty, pack, unpack, type QueryBody, type Sentence } from './sentence';

export const groupings = ['ward', 'use', 'zone', 'planned_use', 'conversion', 'floors'] as const;
export type Grouping = (typeof groupings)[number];
export type File = 'csv' | 'xlsx' | 'geojson';

const atOnce = 200;
const most = 100_000; // rows of a file
const shownProperties = ['id', 'sheet', 'number', 'use', 'area', 'floors'];
// What answers depend on; incidents and the like change all the time and count only
// where they are asked for.
const concerned = ['parcels', 'zones', 'plans', 'restrictions', 'documents', 'wards', 'roads', 'water', 'buildings'];

// What a question needs of the page.
export interface Desk {
  readonly city: { readonly overlay: Overlay; focus(): void } | null;
  readonly ask: Client;
  readonly lang: Lang;
  readonly narrow: boolean;
  panel: 'layers' | 'list' | 'help' | 'account' | 'planner' | 'import' | null;
  said: string;
  t(key: string, ...args: (string | number)[]): string;
  asked(question: string | null): void;
}

export class Question {
  s = $state<Sentence>(blankSentence());
  shape = $state.raw<GeoJSON.Polygon | null>(null); // the area drawn
  count = $state<number | null>(null);
  counting = $state(false);
  problem = $state.raw<Problem | null>(null);
  shown = $state(false); // on the map and in the table
  answer = $state.raw<Answer | null>(null);
  sums = $state.raw<Stats | null>(null);
  tab = $state<'table' | 'sums'>('table');
  by = $state<Grouping>('ward');
  sort = $state('-area');
  drawing = $state.raw<Drawing | null>(null);
  readonly #app: Desk;
  #painted = $state<string | null>(null); // the question that the map shows
  #token = $state<string | null>(null); // what the address carries
  #timer = 0;
  #asked: AbortController | null = null;

  constructor(app: Desk) {
    this.#app = app;
    $effect.root(() => {
      $effect(() => app.city?.overlay.found(this.#painted));
      $effect(() => {
        if (!this.drawing) app.city?.overlay.area(this.shape);
      });
    });
  }

  // What the server is asked. Not derived: that would end with the panel that made us.
  get request(): QueryBody {
    return body(this.s, this.shape);
  }

  get empty(): boolean {
    return isEmpty(this.s, this.shape);
  }

  // The server wants somebody who may ask.
  get refused(): boolean {
    return this.problem?.status === 401 || this.problem?.status === 403;
  }

  // edited follows what is typed: the address at once, the count a moment later.
  edited(): void {
    const q = pack(this.s, this.shape);
    this.#token = q.length <= 6000 ? q || null : null;
    this.#app.asked(this.#token);
    this.#later(250);
  }

  // restore takes a question from an address or from what was saved, and shows it;
  // false where the text is none.
  restore(text: string): boolean {
    if (text === this.#token) return true;
    const told = unpack(text);
    if (!told) return false;
    this.s = told.s;
    this.shape = told.shape;
    this.shown = true;
    return true;
  }

  // linked reports whether the question fits in an address.
  get linked(): boolean {
    return this.#token !== null;
  }

  // changed is the server's: what the answer rests on may be another.
  changed(c: Change | null): void {
    if (c && !concerned.includes(c.layer) && c.layer !== this.s.nearLayer) return;
    if (this.count !== null || this.problem) this.#later(800);
  }

  // another is somebody else who looks: what was shown is not theirs until asked again.
  another(): void {
    this.#asked?.abort();
    this.#painted = null;
    this.count = this.answer = this.sums = this.problem = null;
    this.#later(0);
  }

  #later(ms: number): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.ask(), ms);
  }

  async show(): Promise<void> {
    this.shown = true;
    await this.ask();
  }

  // ask asks anew: how many, and where the result is shown which.
  async ask(): Promise<void> {
    window.clearTimeout(this.#timer);
    this.#asked?.abort();
    this.#asked = new AbortController();
    const signal = this.#asked.signal;
    const request = this.request;
    if (this.empty) this.shown = false;
    this.counting = true;
    try {
      const a = await this.#app.ask.query(this.shown ? { ...request, limit: atOnce, sortby: [this.sort], properties: shownProperties } : { ...request, limit: 0 }, signal);
      if (signal.aborted) return;
      this.count = a.numberMatched;
      this.problem = null;
      this.answer = this.shown ? a : null;
      this.#painted = this.shown ? coded(request) : null;
      this.#app.said = this.#app.t('query.count', number(a.numberMatched, this.#app.lang, 0));
      if (this.shown && this.tab === 'sums') await this.#sum(signal);
      else this.sums = null;
    } catch (e) {
      if (signal.aborted) return;
      this.count = this.answer = this.sums = null;
      this.#painted = null;
      this.problem = problem(e);
    } finally {
      if (!signal.aborted) this.counting = false;
    }
  }

  async #sum(signal: AbortSignal): Promise<void> {
    const sums = await this.#app.ask.stats({ ...this.request, groupBy: [this.by] }, signal);
    if (!signal.aborted) this.sums = sums;
  }

  // sumBy shows the sums, by one word.
  sumBy(by: Grouping): void {
    this.by = by;
    this.tab = 'sums';
    void this.ask();
  }

  sortBy(column: string): void {
    this.sort = this.sort === `-${column}` ? column : `-${column}`;
    void this.ask();
  }

  // next brings the rows after those that are there.
  async next(): Promise<void> {
    const before = this.answer;
    if (!before?.next) return;
    const signal = this.#asked?.signal;
    try {
      const a = await this.#app.ask.query({ ...this.request, limit: atOnce, sortby: [this.sort], properties: shownProperties, after: before.next }, signal);
      if (this.answer === before) this.answer = { ...a, rows: [...before.rows, ...a.rows] };
    } catch (e) {
      if (this.answer === before) this.problem = problem(e);
    }
  }

  // narrow asks for one group of the sums alone.
  narrow(value: string | number): void {
    const text = String(value);
    switch (this.by) {
      case 'ward':
        this.s.ward = text;
        break;
      case 'use':
        this.s.uses = [text];
        break;
      case 'zone':
        this.s.zone = text;
        break;
      case 'planned_use':
        this.s.plannedUse = text;
        break;
      case 'conversion':
        this.s.conversion = text as Sentence['conversion'];
        break;
      case 'floors':
        this.s.floorsFrom = this.s.floorsTo = Number(value);
        break;
    }
  }

  clear(): void {
    this.s = blankSentence();
    this.shape = null;
    this.shown = false;
    this.answer = this.sums = null;
    this.#painted = null;
  }

  // draw lets a person draw the area; on a phone the panel makes room for it.
  draw(): void {
    const app = this.#app;
    const overlay = app.city?.overlay;
    if (!overlay) return;
    const aside = app.narrow;
    if (aside) app.panel = null;
    this.drawing = overlay.draw((g) => {
      if (g) this.shape = g;
      this.drawing = null;
      if (aside) app.panel = 'planner';
      else this.edited();
    });
    app.city?.focus();
  }

  async download(kind: File): Promise<void> {
    await this.#save(() => this.#app.ask.download('query', { ...this.request, limit: most, sortby: [this.sort] }, kind), `thua-dat.${kind}`);
  }

  async downloadSums(): Promise<void> {
    await this.#save(() => this.#app.ask.download('stats', { ...this.request, groupBy: [this.by] }, 'csv'), 'tong-hop.csv');
  }

  async #save(get: () => Promise<Blob>, name: string): Promise<void> {
    try {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await get());
      link.download = name;
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (e) {
      this.problem = problem(e);
    }
  }
}

function problem(e: unknown): Problem {
  return e instanceof Problem ? e : new Problem(0, 'unexpected', String(e), '');
}
