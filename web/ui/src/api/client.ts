// Asks the server. Every failure is a Problem with words for people.
import type { Answer, Card, Feature, Found, History, Kind, Place, Property, Stats } from './types';

export class Problem extends Error {
  constructor(
    readonly status: number, // 0 = no answer came
    readonly code: string,
    detail: string,
    readonly reference: string, // the request's id, for whoever is asked for help
    readonly more: Record<string, unknown> = {},
  ) {
    super(detail);
    this.name = 'Problem';
  }
}

export interface Client {
  card(id: string, signal?: AbortSignal): Promise<Card>;
  at(lon: number, lat: number, signal?: AbortSignal): Promise<Card>;
  history(id: string, signal?: AbortSignal): Promise<History>;
  feature(layer: string, id: string, signal?: AbortSignal): Promise<Feature>;
  schema(layer: string, signal?: AbortSignal): Promise<Record<string, Property>>;
  wards(signal?: AbortSignal): Promise<{ code: string; name: string }[]>;
  query(body: object, signal?: AbortSignal): Promise<Answer>;
  stats(body: object, signal?: AbortSignal): Promise<Stats>;
  download(what: 'query' | 'stats', body: object, kind: 'csv' | 'xlsx' | 'geojson'): Promise<Blob>;
  search(q: string, options: { limit: number; near?: [number, number]; kinds?: Kind[] }, signal?: AbortSignal): Promise<Found[]>;
  place(): Promise<Place>;
  who(): Promise<{ role?: string; may?: string[] }>;
  enter(key: string): Promise<boolean>; // exchanges a key for a session; false = not taken
  leave(): Promise<void>;
  send(path: string, o?: Sent): Promise<Response>; // for what only one panel asks
}

export interface Sent {
  signal?: AbortSignal | undefined;
  body?: object;
  accept?: string;
  method?: string;
  headers?: Record<string, string>;
}

export function client(lang: () => string, ask: typeof fetch = (...a) => fetch(...a)): Client {
  const json = 'application/geo+json, application/json, application/problem+json';

  async function send(path: string, o: Sent = {}): Promise<Response> {
    let answer: Response;
    try {
      answer = await ask(path, {
        method: o.method ?? (o.body ? 'POST' : 'GET'),
        headers: { 'Accept-Language': lang(), Accept: o.accept ?? json, ...(o.body ? { 'Content-Type': 'application/json' } : {}), ...o.headers },
        body: o.body ? JSON.stringify(o.body) : null,
        signal: o.signal ?? null,
      });
    } catch (e) {
      if (e instanceof DOMException && e.name === 'AbortError') throw e;
      throw new Problem(0, 'network', '', '');
    }
    if (answer.ok) return answer;
    let told: Record<string, unknown> = {};
    try {
      told = (await answer.json()) as Record<string, unknown>;
    } catch {
      // Not a problem document: what stood between us and the server answered.
    }
    throw new Problem(answer.status, String(told['code'] ?? ''), String(told['detail'] ?? ''), answer.headers.get('X-Request-Id') ?? '', told);
  }
  const get = async <T>(path: string, signal?: AbortSignal): Promise<T> => (await (await send(path, { signal })).json()) as T;
  const enc = encodeURIComponent;
  const media = { csv: 'text/csv', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', geojson: 'application/geo+json' };
  return {
    card: (id, signal) => get(`/api/parcels/${enc(id)}`, signal),
    at: (lon, lat, signal) => get(`/api/parcels/at?lon=${lon.toFixed(7)}&lat=${lat.toFixed(7)}`, signal),
    history: (id, signal) => get(`/api/parcels/${enc(id)}/history`, signal),
    feature: (layer, id, signal) => get(`/api/collections/${enc(layer)}/items/${enc(id)}`, signal),
    schema: async (layer, signal) => (await get<{ properties: Record<string, Property> }>(`/api/collections/${enc(layer)}/schema`, signal)).properties,
    wards: async (signal) =>
      (await get<{ features: { properties: Record<string, unknown> }[] }>('/api/collections/wards/items?limit=500&properties=code,name,successor', signal)).features
        .filter((f) => !f.properties['successor'])
        .map((f) => ({ code: String(f.properties['code']), name: String(f.properties['name']) }))
        .sort((a, b) => a.name.localeCompare(b.name, 'vi')),
    query: async (body, signal) => (await (await send('/api/planning/query?f=json', { body, signal })).json()) as Answer,
    stats: async (body, signal) => (await (await send('/api/planning/stats', { body, signal })).json()) as Stats,
    download: async (what, body, kind) => (await send(`/api/planning/${what}`, { body, accept: media[kind] })).blob(),
    search: async (q, o, signal) => {
      const p = new URLSearchParams({ q, limit: String(o.limit) });
      if (o.near) p.set('near', o.near.map((n) => n.toFixed(5)).join(','));
      if (o.kinds) p.set('kinds', o.kinds.join(','));
      return (await get<{ results: Found[] }>(`/api/search?${p}`, signal)).results;
    },
    place: async () => {
      const { place: p, attribution } = await get<{ place?: Partial<Place>; attribution?: string }>('/api');
      return { name: p?.name ?? '', attribution: attribution ?? '', demo: p?.demo ?? false, bounds: p?.bounds ?? null, centre: p?.centre ?? null, parcels: p?.parcels ?? null };
    },
    who: () => get('/api/session'),
    enter: async (key) => (await ask('/api/session', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ key }) })).ok,
    leave: async () => void (await ask('/api/session', { method: 'DELETE' })),
    send,
  };
}
