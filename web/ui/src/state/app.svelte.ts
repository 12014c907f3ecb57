// What the page shows and how it got there: the view in the address, what is
// selected, the card that is open. Panels read it and call it; the map is driven
// from here. It draws nothing.
import { client, Problem, type Client } from '../api/client';
import type { Card, Change, Found, Place, Property } from '../api/types';
import { store, stored } from '../lib/stored';
import { Words } from '../i18n/words.svelte';
import type { Camera, City, Hit, InView, Padding } from '../map/city';
import { Following } from './following.svelte';
import { Kept } from './kept';
import { Names } from './names.svelte';
import { glimpse, spoken, type Glimpse, type Open } from './open';
import type { Question } from './question.svelte';
import { decode, encode, opacity, switches, type Background, type Selected, type Switch, type View } from './view';

export type Detent = 'peek' | 'half' | 'full';

export class App {
  readonly words = new Words();
  readonly ask: Client;
  view = $state<View>(decode('').view);
  open = $state.raw<Open>({ kind: 'none' });
  city = $state.raw<City | null>(null);
  beside: City | null = null; // the second map of a comparison
  noMap = $state<'webgl' | 'failed' | null>(null);
  place = $state.raw<Place | null>(null);
  readonly names = new Names();
  readonly following = new Following();
  counts = $state.raw<InView>({ exact: true, uses: new Map(), planned: new Map(), kinds: new Map() });
  plannedBeside = $state.raw<Map<string, number>>(new Map()); // of the map at the other side of a comparison
  zoom = $state(0);
  bearing = $state(0);
  only = $state<string | null>(null); // the use that stands out
  failing = $state(0); // sources whose tiles did not come
  toast = $state('');
  said = $state(''); // for screen readers
  question = $state.raw<Question | null>(null); // made by the planner's panel
  incoming: import('./incoming.svelte').Incoming | null = null; // made by the panel that imports
  panel = $state<'layers' | 'list' | 'help' | 'account' | 'planner' | 'import' | null>(null);
  detent = $state<Detent>('half');
  narrow = $state(false);
  dark = $state(false);
  signedIn = $state(false);
  letters = $state(true); // one-letter shortcuts
  hover = $state.raw<{ hit: Hit; x: number; y: number } | null>(null);
  sheetHeight = $state(0); // px, of the bottom sheet

  readonly #cards = new Kept<Card>(50);
  #era = 0; // raised by every change that makes kept cards, and those on their way, old
  readonly #schemas = new Kept<Record<string, Property>>(20);
  #asked: AbortController | null = null;
  #prefetch = 0;
  #write = 0;
  #toasting = 0;

  constructor() {
    this.ask = client(() => this.words.lang);
  }

  get t() {
    return this.words.t;
  }
  get lang() {
    return this.words.lang;
  }
  get background(): Background {
    return this.view.background ?? (this.dark ? 'toi' : 'sang');
  }
  get styleURL(): string {
    return `/styles/${this.background}.json?lang=${this.lang}`;
  }
  get still(): boolean {
    return window.matchMedia('(prefers-reduced-motion: reduce)').matches || !this.view.live;
  }

  // start reads the address and the place.
  async start(): Promise<void> {
    const { view, invalid } = decode(location.search);
    this.view = view;
    this.letters = stored('letters') !== 'off';
    await this.words.use(view.lang ?? remembered() ?? 'vi');
    if (invalid.length) this.tell(this.t('link.invalid', invalid.join(', ')));
    if (view.question) this.panel = 'planner';
    // A link that says what but not where goes there.
    if (view.selected) void this.select(view.selected, { push: false, travel: view.center === null });
    await this.readPlace();
    this.ask.who().then((w) => (this.signedIn = Boolean(w.may?.length)), () => undefined); // not known: nobody
    if (view.live) this.#follow();
  }

  async readPlace(): Promise<void> {
    try {
      this.place = await this.ask.place();
      document.title = [this.t('title'), this.place.name].filter(Boolean).join(' – ');
    } catch {
      // What is known stays; at the start nothing is.
      this.place ??= { name: '', attribution: '', demo: false, bounds: null, centre: null, parcels: null };
    }
  }

  stop(): void {
    this.following.stop();
  }

  // --- the address

  #written(push: boolean): void {
    window.clearTimeout(this.#write);
    if (push) history.pushState(null, '', location.pathname + encode(this.view));
    else this.#write = window.setTimeout(() => history.replaceState(null, '', location.pathname + encode(this.view)), 250);
  }

  // back is the browser's: the address says what to show.
  back(): void {
    window.clearTimeout(this.#write);
    const { view } = decode(location.search);
    const before = this.view.selected;
    // The camera and the question stay: going back closes the card, it does not travel.
    this.view = { ...view, center: this.view.center, zoom: this.view.zoom, bearing: this.view.bearing, pitch: this.view.pitch, lang: this.view.lang, question: this.view.question };
    for (const s of Object.keys(switches) as Switch[]) this.city?.show(s, opacity(this.view, s));
    if (view.selected && (before?.id !== view.selected.id || before.layer !== view.selected.layer)) void this.select(view.selected, { push: false });
    else if (!view.selected) this.#closeCard();
  }

  moved(c: Camera): void {
    this.hover = null;
    this.zoom = c.zoom;
    this.bearing = c.bearing;
    this.view.center = c.center;
    this.view.zoom = c.zoom;
    this.view.bearing = c.bearing;
    this.view.pitch = c.pitch;
    this.#written(false);
  }

  // asked puts a planner's question into the address; null = none.
  asked(q: string | null): void {
    if (this.view.question === q) return;
    this.view.question = q;
    this.#written(false);
  }

  // unknown is what an answer did not know, in words.
  unknown(code: string): string {
    return this.words.word('unknown', code);
  }

  // --- layers

  show(s: Switch, k: number): void {
    if (k === (switches[s] ? 1 : 0)) delete this.view.layers[s];
    else this.view.layers[s] = k;
    this.city?.show(s, k);
    this.#written(false);
  }

  opacity(s: Switch): number {
    return opacity(this.view, s);
  }

  setBackground(b: Background | null): void {
    this.view.background = b;
    this.#written(false);
  }

  // compareAt puts the line between present use and plan; null ends the comparison.
  compareAt(at: number | null): void {
    this.view.compare = at === null ? null : Math.min(0.98, Math.max(0.02, at));
    this.#written(false);
  }

  highlight(use: string | null): void {
    this.only = this.only === use ? null : use;
    this.city?.highlight(this.only);
  }

  async setLang(): Promise<void> {
    const lang = this.lang === 'vi' ? 'en' : 'vi';
    await this.words.use(lang);
    this.view.lang = lang;
    store('lang', lang);
    this.#forget();
    this.#schemas.clear();
    this.#written(false);
    await this.readPlace();
    if (this.view.selected) await this.select(this.view.selected, { push: false });
    else if (this.open.kind === 'nothing') await this.selectAt(this.open.lon, this.open.lat);
  }

  // --- selecting

  clicked(hits: Hit[], lon: number, lat: number): void {
    if (hits.length > 1) {
      this.#closeCard();
      this.#written(false);
      this.open = { kind: 'chooser', hits };
      this.said = this.t('map.several', hits.length);
      this.#padded(lon, lat);
      return;
    }
    const hit = hits[0];
    if (hit) void this.choose(hit);
    else void this.selectAt(lon, lat);
  }

  choose(hit: Hit): Promise<void> {
    return this.select({ layer: hit.layer, id: hit.id }, { push: true, glimpse: glimpse(hit), at: [hit.lon, hit.lat] });
  }

  // select opens the card of a record: what the tile says at once, then all.
  async select(s: Selected, o: { push: boolean; glimpse?: Glimpse; at?: [number, number]; travel?: boolean }): Promise<void> {
    const signal = this.#begin(o.push);
    const same = this.view.selected?.layer === s.layer && this.view.selected.id === s.id;
    this.view.selected = s;
    if (o.push && !same) this.#written(true);
    if (this.narrow && this.open.kind === 'none') this.detent = 'half';
    if (s.layer === 'parcels') {
      this.city?.select(s.id);
      const known = this.#cards.get(s.id);
      this.open = { kind: 'parcel', id: s.id, glimpse: o.glimpse ?? {}, card: known ?? null, problem: null, updated: false };
      if (o.at) this.#padded(o.at[0], o.at[1]);
      const era = this.#era;
      try {
        const card = known ?? (await this.ask.card(s.id, signal));
        if (!signal.aborted) this.#show(card, o.travel === true, era);
      } catch (e) {
        this.#failed(e, signal);
      }
      return;
    }
    this.city?.select(null);
    this.city?.outline(null);
    this.open = { kind: 'feature', layer: s.layer, id: s.id, feature: null, schema: null, problem: null };
    if (o.at) this.#padded(o.at[0], o.at[1]);
    try {
      const [feature, schema] = await Promise.all([this.ask.feature(s.layer, s.id, signal), this.#schema(s.layer, signal)]);
      if (signal.aborted) return;
      this.open = { kind: 'feature', layer: s.layer, id: s.id, feature, schema, problem: null };
      this.city?.outline(feature.geometry);
      this.said = this.t('card.selected', String(feature.properties['name'] ?? feature.properties['title'] ?? ''));
    } catch (e) {
      this.#failed(e, signal);
    }
  }

  // selectAt asks the server which parcel is at a place: the map has no parcels at
  // low zooms, and none may be there.
  async selectAt(lon: number, lat: number): Promise<void> {
    const signal = this.#begin(true);
    const era = this.#era;
    this.city?.select(null);
    this.city?.outline(null);
    this.open = { kind: 'parcel', id: null, at: [lon, lat], glimpse: {}, card: null, problem: null, updated: false };
    this.#padded(lon, lat);
    try {
      const card = await this.ask.at(lon, lat, signal);
      if (signal.aborted) return;
      this.view.selected = { layer: 'parcels', id: card.id };
      this.#written(true);
      this.city?.select(card.id);
      this.#show(card, false, era);
    } catch (e) {
      if (e instanceof Problem && e.status === 404) {
        this.view.selected = null;
        this.#written(false);
        this.open = { kind: 'nothing', lon, lat, problem: e };
        this.said = e.message || this.t('map.nothing');
        return;
      }
      this.#failed(e, signal);
    }
  }

  // begin gives up what was asked before. What someone chose takes the place of the
  // panels; what is read again by itself does not.
  #begin(chosen: boolean): AbortSignal {
    this.#asked?.abort();
    this.#asked = new AbortController();
    if (chosen && (this.panel === 'list' || this.narrow)) this.panel = null;
    return this.#asked.signal;
  }

  #show(card: Card, travel: boolean, era: number): void {
    this.#keep(card, era);
    this.open = { kind: 'parcel', id: card.id, glimpse: {}, card, problem: null, updated: false };
    this.city?.outline(card.geometry);
    if (travel) this.travel(card);
    this.said = spoken(card, this.t, this.lang);
  }

  // keep puts a card aside, unless something changed since it was asked for.
  #keep(card: Card, era: number): void {
    if (era === this.#era) this.#cards.put(card.id, card);
  }

  #forget(): void {
    this.#era++;
    this.#cards.clear();
  }

  // travel brings a parcel near enough to be seen as a shape among its neighbours.
  travel(card: Card): void {
    const far = Math.sqrt(Math.max(card.area.computed ?? card.area.registered ?? 200, 50));
    const zoom = Math.min(19, Math.max(13, 17.5 - Math.log2(far / 25)));
    this.city?.go(card.location.lon, card.location.lat, zoom, this.padding());
  }

  #failed(e: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    const problem = e instanceof Problem ? e : new Problem(0, 'unexpected', String(e), '');
    if (this.open.kind === 'parcel' || this.open.kind === 'feature') this.open = { ...this.open, problem };
    this.said = this.words.t('card.failed');
  }

  async #schema(layer: string, signal: AbortSignal): Promise<Record<string, Property>> {
    const known = this.#schemas.get(layer);
    if (known) return known;
    const s = await this.ask.schema(layer, signal);
    this.#schemas.put(layer, s);
    return s;
  }

  retry(): void {
    const o = this.open;
    if (o.kind === 'parcel' && !o.id && o.at) void this.selectAt(...o.at);
    else if ((o.kind === 'parcel' && o.id) || o.kind === 'feature') void this.select({ layer: o.kind === 'parcel' ? 'parcels' : o.layer, id: o.id! }, { push: false });
  }

  found(f: Found): void {
    const near = f.bbox;
    if (f.kind === 'parcel' || f.kind === 'address') {
      void this.select({ layer: 'parcels', id: f.id }, { push: true, travel: true });
      return;
    }
    if (f.kind === 'coordinate') {
      if (f.lon !== null && f.lat !== null) {
        this.city?.go(f.lon, f.lat, 17.5);
        void this.selectAt(f.lon, f.lat);
      }
      return;
    }
    if (near) this.city?.fit(near, f.kind === 'place' ? 17 : 18);
    else if (f.lon !== null && f.lat !== null) this.city?.go(f.lon, f.lat, 16.5);
    const layer = { street: 'roads', ward: 'wards', place: 'places', zone: 'zones', plan: 'plans' }[f.kind];
    if (layer === 'zones' && this.opacity('zones') === 0) this.show('zones', 1);
    void this.select({ layer, id: f.id }, { push: true });
  }

  hovered(hit: Hit | null, x: number, y: number): void {
    this.hover = hit ? { hit, x, y } : null;
    window.clearTimeout(this.#prefetch);
    if (hit?.layer !== 'parcels' || this.#cards.get(hit.id)) return;
    this.#prefetch = window.setTimeout(() => {
      const era = this.#era;
      this.ask.card(hit.id).then((c) => this.#keep(c, era), () => undefined); // a click asks again
    }, 80);
  }

  close(): void {
    const had = this.view.selected;
    this.#closeCard();
    if (had) this.#written(true);
    this.city?.pad(this.padding());
  }

  #closeCard(): void {
    this.#asked?.abort(); // an answer on its way must not open it again
    this.open = { kind: 'none' };
    this.view.selected = null;
    this.city?.select(null);
    this.city?.outline(null);
  }

  // --- live

  #changed(c: Change): void {
    this.city?.changed(c.layer, c.bbox);
    this.beside?.changed(c.layer, c.bbox);
    this.question?.changed(c);
    if (c.layer === 'parcels' || c.layer === 'zones' || c.layer === 'plans' || c.layer === 'restrictions' || c.layer === 'documents' || c.layer === 'wards' || c.layer === 'frontage_marks' || c.layer === 'rule_packs') {
      if (c.layer !== 'parcels' || !c.ids) this.#forget();
      else {
        this.#era++;
        for (const id of c.ids) this.#cards.drop(id);
      }
    }
    this.#again((o) => (o.kind === 'parcel' ? c.layer !== 'parcels' || !c.ids || c.ids.includes(o.id ?? '') : o.layer === c.layer && (!c.ids || c.ids.includes(o.id))), c.layer);
  }

  // reread asks for everything again.
  reread(): void {
    this.#forget();
    this.#schemas.clear();
    this.city?.changed(null, null);
    this.beside?.changed(null, null);
    this.question?.changed(null);
    this.#again(() => true, '');
  }

  // The open card is asked for again and changes in place.
  #again(concerned: (o: Extract<Open, { kind: 'parcel' | 'feature' }>) => boolean, layer: string): void {
    const o = this.open;
    if ((o.kind !== 'parcel' && o.kind !== 'feature') || !o.id || !concerned(o)) return;
    if (o.kind === 'parcel' && ['cameras', 'incidents', 'places', 'buildings', 'indicators', 'permits'].includes(layer)) return;
    if (o.kind === 'feature') {
      void this.select({ layer: o.layer, id: o.id }, { push: false });
      return;
    }
    const id = o.id;
    this.#cards.drop(id);
    if (o.card === null) {
      // Asked for before the change: the answer may be the old one.
      void this.select({ layer: 'parcels', id }, { push: false, glimpse: o.glimpse });
      return;
    }
    const era = this.#era;
    this.ask.card(id).then(
      (card) => {
        if (this.open.kind !== 'parcel' || this.open.id !== id) return;
        const before = this.open.card;
        this.#keep(card, era);
        const differs = JSON.stringify({ ...before, revision: 0 }) !== JSON.stringify({ ...card, revision: 0 });
        this.open = { ...this.open, card, problem: null, updated: differs };
        if (differs) {
          this.city?.outline(card.geometry);
          this.said = this.t('card.updated');
        }
      },
      (e: unknown) => {
        if (this.open.kind === 'parcel' && this.open.id === id && e instanceof Problem && e.status === 404) this.open = { ...this.open, card: null, problem: e };
      },
    );
  }

  #follow(): void {
    void this.following.start({ change: (c) => this.#changed(c), reset: () => this.reread() });
  }

  // --- the map

  idle(): void {
    const c = this.city;
    if (!c) return;
    this.counts = c.inView();
    this.names.legend = c.legend();
  }

  padding(): Padding {
    const open = this.open.kind !== 'none';
    if (this.narrow) return { top: 0, right: 0, bottom: open ? Math.min(this.sheetHeight, window.innerHeight * 0.6) : 0, left: 0 };
    return { top: 0, right: 0, bottom: 0, left: open ? Math.min(404, window.innerWidth * 0.5) : 0 };
  }

  #padded(lon: number, lat: number): void {
    this.city?.reveal(lon, lat, this.padding());
  }

  home(): void {
    if (this.place?.bounds) this.city?.fit(this.place.bounds, 20);
  }

  tell(text: string): void {
    this.toast = text;
    window.clearTimeout(this.#toasting);
    this.#toasting = window.setTimeout(() => (this.toast = ''), 6000);
  }

  async copyLink(): Promise<void> {
    try {
      await navigator.clipboard.writeText(location.origin + location.pathname + encode({ ...this.view, lang: this.view.lang }));
      this.tell(this.t('copied'));
    } catch {
      this.tell(this.t('copyFailed'));
    }
  }

  async signIn(key: string): Promise<boolean> {
    if (!(await this.ask.enter(key))) return false;
    this.signedIn = true;
    this.#tierChanged();
    return true;
  }

  async signOut(): Promise<void> {
    await this.ask.leave();
    this.signedIn = false;
    this.#tierChanged();
  }

  #tierChanged(): void {
    this.question?.another();
    this.reread();
    if (this.view.live) this.#follow();
  }
}

function remembered(): 'vi' | 'en' | null {
  const l = stored('lang');
  return l === 'vi' || l === 'en' ? l : null;
}
