// Deliveries that an editor hands over, as the server takes and tells them. Only the
// panel that imports loads this.
import { Problem, type Client } from './client';

export interface Choice {
  layer: string;
  crs?: string;
  insist?: boolean;
  northingFirst?: boolean;
  encoding?: string;
  map?: Record<string, string>;
  member?: string;
  name?: string;
  document?: string;
  date?: string;
  partial?: boolean;
  widen?: 'near' | 'any' | 'none';
}

export interface Landing {
  crs: string;
  name: string;
  meridian: number | null;
  chosen: boolean;
  said: boolean;
  swapped: boolean;
  inside: boolean;
  lon: number;
  lat: number;
  distance: number | null; // m
  direction: string | null;
  place: string | null;
  outline: GeoJSON.Polygon;
}

export interface Found {
  code: string;
  severity: 'error' | 'warning' | 'note';
  count: number;
  message: string;
  examples: { file?: string; row?: number; reference?: string; at?: [number, number]; detail?: string; other?: number }[];
}

export interface Counts {
  read: number;
  added: number;
  changed: number;
  same: number;
  gone: number;
  quarantined: number;
}

export type Kind = 'added' | 'changed' | 'gone';

export interface Plan {
  name: string;
  layer: string;
  format: string;
  crs: string | null;
  crsFrom: string;
  bounds: [number, number, number, number] | null;
  widened: boolean;
  sources: { name: string; format: string; rows: number | null; said: string | null; unread: string | null }[];
  landings: Landing[];
  text: { chosen: string; declared: string | null; detected: string | null; sure: number; readings: { encoding: string; texts: string[]; failed: number }[] };
  columns: { name: string; field?: string; fate: 'field' | 'extra' | 'personal' | 'ignored' }[];
  counts: Counts;
  findings: Found[];
  examples: { kind: Kind; layer: string; id: string | null; key: string; at: [number, number] | null; shape: boolean; fields: { name: string; title: string; was: unknown; is: unknown }[] }[];
  shown: { rows: number; of: number };
}

export interface Staged {
  id: string;
  state: 'planning' | 'ready' | 'refused' | 'applying' | 'applied';
  files: string[];
  came: string;
  choice: Choice;
  progress: { stage: string; done: number; total: number | null } | null;
  problem: { code?: string; detail: string } | null;
  plan: Plan | null;
  applied: { name: string; written: boolean; counts: Counts; quarantined: boolean } | null;
}

export interface Import {
  name: string;
  layer: string;
  at: string;
  by: string;
  crs: string;
  counts: Counts;
  undone: number | null;
}

// named is how a source names a record, where that says anything to a person: what has
// no name goes by its shape.
export const named = (key: string | undefined): string => (key?.startsWith('shape:') ? '' : (key ?? ''));

const staged = '/api/imports/staged';
const one = (id: string): string => `${staged}/${encodeURIComponent(id)}`;

export const waiting = async (c: Client): Promise<{ limit: number; staged: Staged[] }> => (await (await c.send(staged)).json()) as { limit: number; staged: Staged[] };
export const look = async (c: Client, id: string): Promise<Staged> => (await (await c.send(one(id))).json()) as Staged;
export const choose = async (c: Client, id: string, body: Choice): Promise<Staged> => (await (await c.send(one(id), { method: 'PUT', body })).json()) as Staged;
export const apply = async (c: Client, id: string): Promise<Staged> => (await (await c.send(`${one(id)}/apply`, { method: 'POST' })).json()) as Staged;
export const discard = async (c: Client, id: string): Promise<void> => void (await c.send(one(id), { method: 'DELETE' }));
export const preview = async (c: Client, id: string): Promise<GeoJSON.FeatureCollection> => (await (await c.send(`${one(id)}/preview`)).json()) as GeoJSON.FeatureCollection;
export const quarantine = (id: string): string => `${one(id)}/quarantine`;
export const imports = async (c: Client): Promise<Import[]> => ((await (await c.send('/api/imports')).json()) as { imports: Import[] }).imports;
export const undo = async (c: Client, name: string): Promise<void> => void (await c.send('/api/imports/undo', { body: { name } }));

// layers are those that can be filled, with their titles.
export async function layers(c: Client): Promise<{ id: string; title: string }[]> {
  const all = ((await (await c.send('/api/collections')).json()) as { collections: { id: string; title?: string }[] }).collections;
  return all.filter((l) => l.id !== 'frontage_marks' && l.id !== 'rule_packs').map((l) => ({ id: l.id, title: l.title ?? l.id }));
}

// send hands files over, and tells how much of them went. fetch cannot tell that.
export function send(files: File[], choice: Choice, lang: string, went: (share: number) => void, signal: AbortSignal): Promise<Staged> {
  const form = new FormData();
  form.set('layer', choice.layer);
  if (choice.document) form.set('document', choice.document);
  for (const f of files) form.append('file', f, f.name);
  return new Promise((done, failed) => {
    const r = new XMLHttpRequest();
    r.open('POST', staged);
    r.responseType = 'json';
    r.setRequestHeader('Accept-Language', lang);
    r.setRequestHeader('Accept', 'application/json, application/problem+json');
    r.upload.onprogress = (e) => went(e.lengthComputable ? e.loaded / e.total : 0);
    r.onload = () => {
      const told = (r.response ?? {}) as Record<string, unknown>;
      if (r.status === 202) done(told as unknown as Staged);
      else failed(new Problem(r.status, String(told['code'] ?? ''), String(told['detail'] ?? ''), r.getResponseHeader('X-Request-Id') ?? '', told));
    };
    r.onerror = () => failed(new Problem(0, 'network', '', ''));
    r.onabort = () => failed(new DOMException('given up', 'AbortError'));
    signal.addEventListener('abort', () => r.abort());
    r.send(form);
  });
}

// dropped are the files of a drop, those of folders included, as far as there are
// not too many.
export async function dropped(data: DataTransfer, most: number): Promise<File[]> {
  const entries = [...data.items].map((i) => (i.kind === 'file' ? i.webkitGetAsEntry() : null)).filter((e) => e !== null);
  if (!entries.length) return [...data.files];
  const out: File[] = [];
  const take = async (e: FileSystemEntry): Promise<void> => {
    if (out.length > most) return;
    if (e.isFile) {
      out.push(await new Promise<File>((done, failed) => (e as FileSystemFileEntry).file(done, failed)));
      return;
    }
    const reader = (e as FileSystemDirectoryEntry).createReader();
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
      if (!some.length) return;
      for (const s of some) if (!s.name.startsWith('.')) await take(s);
    }
  };
  for (const e of entries) await take(e);
  return out;
}
