// A planner's question as the panel builds it, the query that the server is asked, and
// the text that carries it in an address. Pure.
import type { Outcome } from '../api/types';

export const conversions = ['agrees', 'mayApply', 'notInPlan', 'noData'] as const;
export const outcomes = ['answered', 'notBuildable', 'noData', 'cannotAssess'] as const;
// What a plot may be near, beside a road.
export const nearLayers = ['water', 'restrictions', 'zones', 'places', 'buildings', 'cameras'] as const;

export interface Sentence {
  uses: string[]; // any of these codes, alone or with another
  areaFrom: number | null; // m²
  areaTo: number | null;
  floorsFrom: number | null; // allowed, at least
  floorsTo: number | null;
  outcome: '' | Outcome; // of the floors allowed
  leftFrom: number | null; // floor area left, at least, m²
  conversion: '' | 'differs' | (typeof conversions)[number];
  plannedUse: string; // code; '' = any
  zone: string; // code; '' = any
  frontageFrom: number | null; // at least, m
  roadWidth: number | null; // within … of a road at least so wide, m
  roadWithin: number | null; // m
  nearLayer: '' | (typeof nearLayers)[number];
  nearWithin: number | null; // m, of something of that layer
  ward: string; // code; '' = anywhere
  more: string; // CQL2 text, as typed
}

export function blankSentence(): Sentence {
  return {
    uses: [], areaFrom: null, areaTo: null, floorsFrom: null, floorsTo: null, outcome: '', leftFrom: null, conversion: '', plannedUse: '', zone: '', frontageFrom: null,
    roadWidth: null, roadWithin: null, nearLayer: '', nearWithin: null, ward: '', more: '',
  };
}

export interface QueryBody {
  'filter-text'?: string;
  near?: { layer: string; 'filter-text'?: string; within: number }[];
  within?: { ward?: string; geometry?: GeoJSON.Polygon };
}

const quoted = (s: string): string => `'${s.replaceAll("'", "''")}'`;

// body is what the server is asked; shape is the area drawn, null = none.
export function body(s: Sentence, shape: GeoJSON.Polygon | null): QueryBody {
  const all: string[] = [];
  if (s.uses.length) all.push('(' + s.uses.map((u) => `use = ${quoted(u)} OR use LIKE ${quoted(u + '+%')}`).join(' OR ') + ')');
  const range = (name: string, from: number | null, to: number | null): void => {
    if (from !== null && to !== null) all.push(`${name} BETWEEN ${from} AND ${to}`);
    else if (from !== null) all.push(`${name} >= ${from}`);
    else if (to !== null) all.push(`${name} <= ${to}`);
  };
  range('area', s.areaFrom, s.areaTo);
  range('floors', s.floorsFrom, s.floorsTo);
  if (s.outcome) all.push(`outcome = ${quoted(s.outcome)}`);
  range('capacity_left', s.leftFrom, null);
  if (s.conversion === 'differs') all.push("conversion IN ('mayApply','notInPlan')");
  else if (s.conversion) all.push(`conversion = ${quoted(s.conversion)}`);
  if (s.plannedUse) all.push(`planned_use = ${quoted(s.plannedUse)}`);
  if (s.zone.trim()) all.push(`zone = ${quoted(s.zone.trim())}`);
  range('frontage', s.frontageFrom, null);
  if (s.more.trim()) all.push(`(${s.more.trim()})`);
  const out: QueryBody = {};
  if (all.length) out['filter-text'] = all.join(' AND ');
  const near: NonNullable<QueryBody['near']> = [];
  if (s.roadWithin !== null) near.push({ layer: 'roads', within: s.roadWithin, ...(s.roadWidth !== null ? { 'filter-text': `width >= ${s.roadWidth}` } : {}) });
  if (s.nearLayer && s.nearWithin !== null) near.push({ layer: s.nearLayer, within: s.nearWithin });
  if (near.length) out.near = near;
  if (s.ward || shape) out.within = { ...(s.ward ? { ward: s.ward } : {}), ...(shape ? { geometry: shape } : {}) };
  return out;
}

export function isEmpty(s: Sentence, shape: GeoJSON.Polygon | null): boolean {
  return !shape && JSON.stringify(s) === JSON.stringify(blankSentence());
}

// coded is a value as URL-safe base64 of its JSON, as the server's links are.
export function coded(value: unknown): string {
  let bytes = '';
  for (const b of new TextEncoder().encode(JSON.stringify(value))) bytes += String.fromCharCode(b);
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function decoded(text: string): unknown {
  const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes, (c) => c.charCodeAt(0))));
}

// pack is a question as an address carries it: what is not blank, and the corners of
// the area to a decimetre; '' where nothing is asked.
export function pack(s: Sentence, shape: GeoJSON.Polygon | null): string {
  if (isEmpty(s, shape)) return '';
  const blank = blankSentence();
  const out: Record<string, unknown> = {};
  for (const k of Object.keys(blank) as (keyof Sentence)[]) if (JSON.stringify(s[k]) !== JSON.stringify(blank[k])) out[k] = s[k];
  if (shape) out['in'] = shape.coordinates[0]!.slice(0, -1).map(([x, y]) => [Number(x!.toFixed(6)), Number(y!.toFixed(6))]);
  return coded(out);
}

// unpack reads what pack wrote; null for anything else.
export function unpack(text: string): { s: Sentence; shape: GeoJSON.Polygon | null } | null {
  let told: unknown;
  try {
    told = decoded(text);
  } catch {
    return null;
  }
  if (typeof told !== 'object' || told === null || Array.isArray(told)) return null;
  const s = blankSentence();
  let shape: GeoJSON.Polygon | null = null;
  for (const [k, v] of Object.entries(told)) {
    if (k === 'in') {
      if (!Array.isArray(v) || v.length < 3 || v.length > 1000 || !v.every(isPlace)) return null;
      shape = { type: 'Polygon', coordinates: [[...v, v[0]!]] };
    } else if (Object.hasOwn(s, k) && fits(k as keyof Sentence, v)) (s as unknown as Record<string, unknown>)[k] = v;
    else return null;
  }
  return { s, shape };
}

function isPlace(p: unknown): p is [number, number] {
  if (!Array.isArray(p) || p.length !== 2) return false;
  const [x, y] = p as unknown[];
  return typeof x === 'number' && typeof y === 'number' && Math.abs(x) <= 180 && Math.abs(y) <= 85;
}

function fits(k: keyof Sentence, v: unknown): boolean {
  const one = (of: readonly string[]): boolean => typeof v === 'string' && of.includes(v);
  switch (k) {
    case 'uses':
      return Array.isArray(v) && v.length <= 100 && v.every((u) => typeof u === 'string' && u !== '' && u.length <= 40);
    case 'conversion':
      return one(['', 'differs', ...conversions]);
    case 'outcome':
      return one(['', ...outcomes]);
    case 'nearLayer':
      return one(['', ...nearLayers]);
    case 'plannedUse':
    case 'zone':
    case 'ward':
      return typeof v === 'string' && v.length <= 80;
    case 'more':
      return typeof v === 'string' && v.length <= 2000;
    default:
      return v === null || (typeof v === 'number' && Number.isFinite(v));
  }
}
