// Asks the server. Every failure is a Problem with words for people.
import type { Card, Feature, Found, History, Kind, Place, Property } from './types';

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
  search(q: string, options: { limit: number; near?: [number, number]; kinds?: Kind[] }, signal?: AbortSignal): Promise<Found[]>;
  place(): Promise<Place>;
  role(): Promise<string>;
  enter(key: string): Promise<boolean>; // exchanges a key for a session; false = not taken
  leave(): Promise<void>;
}

export function client(lang: () => string, ask: typeof fetch = (...a) => fetch(...a)): Client {
  async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
    let answer: Response;
    try {
      answer = await ask(path, { headers: { 'Accept-Language': lang(), Accept: 'application/json, application/geo+json, application/problem+json' }, signal: signal ?? null });
    } catch (e) {
      if (e instanceof DOMException && e.name === 'AbortError') throw e;
      throw new Problem(0, 'network', '', '');
    }
    if (answer.ok) return (await answer.json()) as T;
    let told: Record<string, unknown> = {};
    try {
      told = (await answer.json()) as Record<string, unknown>;
    } catch {
      // Not a problem document: what stood between us and the server answered.
    }
    throw new Problem(answer.status, String(told['code'] ?? ''), String(told['detail'] ?? ''), answer.headers.get('X-Request-Id') ?? '', told);
  }
  const enc = encodeURIComponent;
  return {
    card: (id, signal) => get(`/api/parcels/${enc(id)}`, signal),
    at: (lon, lat, signal) => get(`/api/parcels/at?lon=${lon.toFixed(7)}&lat=${lat.toFixed(7)}`, signal),
    history: (id, signal) => get(`/api/parcels/${enc(id)}/history`, signal),
    feature: (layer, id, signal) => get(`/api/collections/${enc(layer)}/items/${enc(id)}`, signal),
    schema: async (layer, signal) => (await get<{ properties: Record<string, Property> }>(`/api/collections/${enc(layer)}/schema`, signal)).properties,
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
    role: async () => (await get<{ role?: string }>('/api/session')).role ?? 'public',
    enter: async (key) => (await ask('/api/session', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ key }) })).ok,
    leave: async () => void (await ask('/api/session', { method: 'DELETE' })),
  };
}
