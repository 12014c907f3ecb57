// The view state in the page's address: what is looked at, which layers, what is
// selected. Pure text in, plain values out. Values that are not valid are left out
// and named, so that the reader of an old or mistyped link still sees a map.

export type Background = 'sang' | 'toi' | 'nhat';

// Groups of layers that people switch, and whether they are on by default.
export const switches = {
  landuse: true,
  parcels: true,
  cover: false,
  floors: false,
  zones: false,
  restrictions: false,
  buildings: true,
  buildings3d: false,
  wards: true,
  places: true,
  cameras: true,
  incidents: true,
} as const;

export type Switch = keyof typeof switches;

export interface Selected {
  layer: string; // of the API: parcels, cameras, …
  id: string;
}

export interface View {
  center: [number, number] | null; // lon, lat; null = the whole place
  zoom: number | null;
  bearing: number;
  pitch: number;
  layers: Partial<Record<Switch, number>>; // opacity 0…1 where it differs from the default
  background: Background | null; // null = as the system says
  selected: Selected | null;
  question: string | null; // a planner's question, as its panel writes it
  compare: number | null; // where the line between present and planned stands, 0…1; null = no comparison
  lang: 'vi' | 'en' | null;
  live: boolean;
}

export function blank(): View {
  return { center: null, zoom: null, bearing: 0, pitch: 0, layers: {}, background: null, selected: null, question: null, compare: null, lang: null, live: true };
}

// What opacity a switch has in a view.
export function opacity(v: View, s: Switch): number {
  return v.layers[s] ?? (switches[s] ? 1 : 0);
}

export function decode(search: string): { view: View; invalid: string[] } {
  const q = new URLSearchParams(search);
  const view = blank();
  const invalid: string[] = [];
  const number = (name: string, lo: number, hi: number): number | null => {
    const text = q.get(name);
    if (text === null) return null;
    const n = Number(text);
    if (text.trim() === '' || !Number.isFinite(n) || n < lo || n > hi) {
      invalid.push(name);
      return null;
    }
    return n;
  };
  const version = q.get('v');
  if (version !== null && version !== '1') invalid.push('v');

  const c = q.get('c');
  if (c !== null) {
    const [lat, lon, ...rest] = c.split(',').map((s) => (s.trim() === '' ? NaN : Number(s)));
    if (rest.length === 0 && lat !== undefined && lon !== undefined && Math.abs(lat) <= 85 && Math.abs(lon) <= 180) view.center = [lon, lat];
    else invalid.push('c');
  }
  view.zoom = number('z', 0, 24);
  view.bearing = number('b', -360, 360) ?? 0;
  view.pitch = number('p', 0, 85) ?? 0;

  for (const part of (q.get('l') ?? '').split(',').filter(Boolean)) {
    const [name, value, ...rest] = part.split(':');
    const n = value === undefined ? 1 : value === '' ? NaN : Number(value);
    if (name !== undefined && Object.hasOwn(switches, name) && rest.length === 0 && n >= 0 && n <= 1) view.layers[name as Switch] = n;
    else invalid.push('l');
  }

  const bg = q.get('bg');
  if (bg === 'sang' || bg === 'toi' || bg === 'nhat') view.background = bg;
  else if (bg !== null) invalid.push('bg');

  const sel = q.get('sel');
  if (sel !== null) {
    const m = /^(?:([a-z][a-z0-9_]{0,47}):)?([0-9]{1,16})$/.exec(sel);
    if (m) view.selected = { layer: m[1] ?? 'parcels', id: m[2]! };
    else invalid.push('sel');
  }

  const question = q.get('q');
  if (question !== null && /^[A-Za-z0-9_-]{1,6000}$/.test(question)) view.question = question;
  else if (question !== null) invalid.push('q');

  view.compare = number('cmp', 0.02, 0.98);

  const lang = q.get('lang');
  if (lang === 'vi' || lang === 'en') view.lang = lang;
  else if (lang !== null) invalid.push('lang');

  const live = q.get('live');
  if (live === '0') view.live = false;
  else if (live !== null && live !== '1') invalid.push('live');
  return { view, invalid: [...new Set(invalid)] };
}

// The query of a view: defaults are left out, so that a plain view has a plain address.
export function encode(v: View): string {
  const parts: string[] = [];
  const put = (name: string, value: string): void => void parts.push(`${name}=${value}`);
  if (v.center) put('c', `${v.center[1].toFixed(5)},${v.center[0].toFixed(5)}`);
  if (v.zoom !== null) put('z', trim(v.zoom, 2));
  if (Math.abs(v.bearing) >= 0.05) put('b', trim(v.bearing, 1));
  if (v.pitch >= 0.05) put('p', trim(v.pitch, 1));
  const layers = (Object.keys(switches) as Switch[])
    .filter((s) => v.layers[s] !== undefined && v.layers[s] !== (switches[s] ? 1 : 0))
    .map((s) => (v.layers[s] === 1 ? s : `${s}:${trim(v.layers[s]!, 2)}`));
  if (layers.length) put('l', layers.join(','));
  if (v.background) put('bg', v.background);
  if (v.selected) put('sel', (v.selected.layer === 'parcels' ? '' : v.selected.layer + ':') + v.selected.id);
  if (v.question) put('q', v.question);
  if (v.compare !== null) put('cmp', trim(v.compare, 2));
  if (v.lang) put('lang', v.lang);
  if (!v.live) put('live', '0');
  return parts.length ? '?v=1&' + parts.join('&') : '';
}

function trim(n: number, digits: number): string {
  return String(Number(n.toFixed(digits)));
}
