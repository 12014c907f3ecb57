// What an editor is about to import: files on their way, how the server reads them,
// and what became of them. The panel shows it; it outlives the panel.
import { apply, choose, discard, imports, layers, look, preview, send, undo, waiting, type Choice, type Import, type Landing, type Plan, type Staged } from '../api/imports';
import { Problem, type Client } from '../api/client';
import type { Lang } from '../lib/format';

type Box = [number, number, number, number];

// Host is what it needs of the page.
export interface Host {
  readonly ask: Client;
  readonly lang: Lang;
  said: string;
  t(key: string, ...args: (string | number)[]): string;
  tell(text: string): void;
  reread(): void;
  readPlace(): Promise<void>;
}

export class Incoming {
  readonly #app: Host;
  staged = $state.raw<Staged | null>(null);
  plan = $state.raw<Plan | null>(null); // the last one: it stays while another is made
  shapes = $state.raw<GeoJSON.FeatureCollection | null>(null);
  sent = $state<number | null>(null); // share of the files that went; null = none are going
  problem = $state(''); // of the last request
  limit = $state(0); // bytes
  layers = $state.raw<{ id: string; title: string }[]>([]);
  others = $state.raw<Staged[]>([]); // handed over before, and still there
  done = $state.raw<Import[]>([]); // that stand, the latest first
  layer = $state('parcels');
  undone = $state('');
  #sending: AbortController | null = null;
  #turn = 0;

  constructor(app: Host) {
    this.#app = app;
  }

  get busy(): boolean {
    return this.sent !== null || this.staged?.state === 'planning' || this.staged?.state === 'applying';
  }

  // start reads what there is to choose from, and what waits.
  async start(): Promise<void> {
    await this.#tried(async () => {
      this.layers = await layers(this.#app.ask);
      await this.#again();
    });
  }

  async #again(): Promise<void> {
    const [w, done] = await Promise.all([waiting(this.#app.ask), imports(this.#app.ask)]);
    this.limit = w.limit;
    this.others = w.staged.filter((s) => s.id !== this.staged?.id && s.state !== 'applied');
    this.done = done.filter((i) => i.undone === null).reverse();
  }

  async #tried(does: () => Promise<void>): Promise<boolean> {
    this.problem = '';
    try {
      await does();
      return true;
    } catch (e) {
      if (e instanceof DOMException && e.name === 'AbortError') return false;
      this.problem = e instanceof Problem && e.status !== 0 ? e.message || this.#app.t('error.server') : this.#app.t('error.network');
      this.#app.said = this.problem;
      return false;
    }
  }

  // take hands files over, in the place of what was looked at before.
  async take(files: File[]): Promise<void> {
    if (!files.length || this.staged?.state === 'applying') return;
    if (!this.limit) await this.start();
    const size = files.reduce((n, f) => n + f.size, 0);
    if (this.limit && size > this.limit) {
      this.problem = this.#app.t('import.tooLarge', Math.floor(this.limit / 1048576));
      this.#app.said = this.problem;
      return;
    }
    await this.leave();
    this.#sending = new AbortController();
    this.sent = 0;
    const choice: Choice = { layer: this.layer };
    await this.#tried(async () => this.#got(await send(files, choice, this.#app.lang, (s) => (this.sent = s), this.#sending!.signal)));
    this.sent = null;
  }

  // open takes up one that was handed over before.
  async open(s: Staged): Promise<void> {
    this.others = this.others.filter((o) => o.id !== s.id);
    this.layer = s.choice.layer;
    await this.#tried(async () => this.#got(await look(this.#app.ask, s.id)));
  }

  async drop(s: Staged): Promise<void> {
    await this.#tried(() => discard(this.#app.ask, s.id));
    await this.#tried(() => this.#again());
  }

  // leave throws away what is looked at.
  async leave(): Promise<void> {
    this.#sending?.abort();
    this.#turn++;
    const s = this.staged;
    this.staged = this.plan = this.shapes = null;
    this.undone = '';
    if (s && s.state !== 'applying') await discard(this.#app.ask, s.id).catch(() => undefined); // its time may be up
  }

  // read has it read another way.
  async read(other: Partial<Choice>): Promise<void> {
    const s = this.staged;
    if (!s) return;
    const choice = { ...s.choice, ...other };
    await this.#tried(async () => this.#got(await choose(this.#app.ask, s.id, choice)));
  }

  async apply(): Promise<void> {
    const s = this.staged;
    if (s) await this.#tried(async () => this.#got(await apply(this.#app.ask, s.id)));
  }

  async undo(name: string): Promise<void> {
    if (!(await this.#tried(() => undo(this.#app.ask, name)))) return;
    this.undone = name;
    this.#app.tell(this.#app.t('import.undone', name));
    this.#changed();
    await this.#tried(() => this.#again());
  }

  #changed(): void {
    this.#app.reread();
    void this.#app.readPlace();
  }

  // ask asks how far it is. A line that broke is tried again; what the server no
  // longer has is let go.
  async #ask(s: Staged, turn: number): Promise<void> {
    if (turn !== this.#turn) return;
    let next: Staged | null = null;
    let gone = false;
    const told = await this.#tried(async () => {
      try {
        next = await look(this.#app.ask, s.id);
      } catch (e) {
        gone = e instanceof Problem && e.status === 404;
        throw e;
      }
    });
    if (turn !== this.#turn) return;
    if (told && next) this.#got(next);
    else if (gone) this.staged = this.plan = this.shapes = null;
    else window.setTimeout(() => turn === this.#turn && this.#got(s), 2000);
  }

  // got shows what the server tells, and asks again while it works.
  #got(s: Staged): void {
    const turn = ++this.#turn;
    this.staged = s;
    const t = this.#app.t;
    if (s.state === 'planning' || s.state === 'applying') {
      window.setTimeout(() => void this.#ask(s, turn), 250);
      return;
    }
    this.plan = s.plan;
    if (s.state === 'applied' && s.applied) {
      this.shapes = null;
      this.#app.said = t('import.applied', s.applied.name);
      this.#changed();
      void this.#tried(() => this.#again());
      return;
    }
    this.#app.said = s.state === 'ready' && s.plan ? t('import.ready', s.plan.counts.read) : (s.problem?.detail ?? '');
    if (s.plan?.shown.rows) {
      void this.#tried(async () => {
        const shapes = await preview(this.#app.ask, s.id);
        if (turn === this.#turn) this.shapes = shapes;
      });
    } else this.shapes = null;
  }

  // likely are the landings worth a look: inside, said, chosen.
  get likely(): Landing[] {
    return this.plan?.landings.filter((l) => l.chosen || l.said || (l.inside && !l.swapped)) ?? [];
  }

  // system is what a landing's coordinate system is called.
  system(l: Landing): string {
    const t = this.#app.t;
    if (l.meridian === null) return l.crs === 'EPSG:3857' ? 'Web Mercator' : t('import.degrees', l.name);
    if (!l.name.includes('TM-3')) return l.name.replace(' / ', ' · ');
    const whole = Math.floor(l.meridian);
    return t('import.zone', `${whole}°${String(Math.round((l.meridian - whole) * 60)).padStart(2, '0')}′`);
  }

  // where is the ground to look at: that of one landing, else of the rows that were
  // taken, else of all the landings that are likely.
  where(l: Landing | null): Box | null {
    if (!l && this.plan?.bounds) return this.plan.bounds;
    const rings = (l ? [l] : this.likely).map((x) => x.outline.coordinates[0]!);
    if (!rings.length) return null;
    const xs = rings.flat().map((p) => p[0]!);
    const ys = rings.flat().map((p) => p[1]!);
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  }
}
