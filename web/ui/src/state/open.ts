// What a page has open, and what is known of it before the server answers. Plain
// values; how they come about is the app's.
import type { Problem } from '../api/client';
import type { Card, Feature, Property } from '../api/types';
import { area, type Lang } from '../lib/format';
import type { Words } from '../i18n/words.svelte';
import type { Hit } from '../map/city';

// What is known at once of a parcel, from its tile.
export interface Glimpse {
  sheet?: string | undefined;
  number?: string | undefined;
  use?: string | undefined;
  area?: number | undefined;
}

export type Open =
  | { kind: 'none' }
  // at is the place that was asked about, until it is known which parcel that is.
  | { kind: 'parcel'; id: string | null; at?: [number, number]; glimpse: Glimpse; card: Card | null; problem: Problem | null; updated: boolean }
  | { kind: 'feature'; layer: string; id: string; feature: Feature | null; schema: Record<string, Property> | null; problem: Problem | null }
  | { kind: 'chooser'; hits: Hit[] }
  | { kind: 'nothing'; lon: number; lat: number; problem: Problem };

export function glimpse(hit: Hit): Glimpse {
  const text = (k: string): string | undefined => (hit.properties[k] === undefined ? undefined : String(hit.properties[k]));
  const n = Number(hit.properties['area']);
  return { sheet: text('sheet'), number: text('number'), use: text('use'), area: Number.isFinite(n) && n > 0 ? n : undefined };
}

// spoken is a card in one sentence, for screen readers.
export function spoken(card: Card, t: Words['t'], lang: Lang): string {
  const r = card.reference;
  const floors = card.planning.floors;
  return [
    r.number ? t('card.parcel', r.number) : t('card.noNumber'),
    r.sheet ? t('card.sheet', r.sheet) : '',
    card.use.map((u) => u.name ?? u.code).join(', '),
    card.area.registered !== null || card.area.computed !== null ? area((card.area.registered ?? card.area.computed)!, lang) : '',
    floors.outcome === 'answered' ? t('floors.max', floors.max ?? '') : t(`floors.${floors.outcome}`),
  ].filter(Boolean).join(', ');
}
