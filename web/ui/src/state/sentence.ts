// A planner's question as the panel builds it, and the query that the server is
// asked. Pure.

export interface Sentence {
  uses: string[]; // any of these codes, alone or with another
  areaFrom: number | null; // m²
  areaTo: number | null;
  floorsFrom: number | null; // allowed, at least
  floorsTo: number | null;
  conversion: '' | 'differs' | 'agrees' | 'mayApply' | 'notInPlan' | 'noData';
  plannedUse: string; // code; '' = any
  roadWidth: number | null; // within … of a road at least so wide, m
  roadWithin: number | null; // m
  ward: string; // code; '' = anywhere
  more: string; // CQL2 text, as typed
}

export function blankSentence(): Sentence {
  return { uses: [], areaFrom: null, areaTo: null, floorsFrom: null, floorsTo: null, conversion: '', plannedUse: '', roadWidth: null, roadWithin: null, ward: '', more: '' };
}

export interface QueryBody {
  'filter-text'?: string;
  near?: { layer: string; 'filter-text'?: string; within: number }[];
  within?: { ward?: string; geometry?: GeoJSON.Polygon };
  sortby?: string[];
  limit: number;
}

const quoted = (s: string): string => `'${s.replaceAll("'", "''")}'`;

// body is what the server is asked; shape is the area drawn, null = none.
export function body(s: Sentence, shape: GeoJSON.Polygon | null, limit: number, sortby: string[] = []): QueryBody {
  const all: string[] = [];
  if (s.uses.length) all.push('(' + s.uses.map((u) => `use = ${quoted(u)} OR use LIKE ${quoted(u + '+%')}`).join(' OR ') + ')');
  const range = (name: string, from: number | null, to: number | null): void => {
    if (from !== null && to !== null) all.push(`${name} BETWEEN ${from} AND ${to}`);
    else if (from !== null) all.push(`${name} >= ${from}`);
    else if (to !== null) all.push(`${name} <= ${to}`);
  };
  range('area', s.areaFrom, s.areaTo);
  range('floors', s.floorsFrom, s.floorsTo);
  if (s.conversion === 'differs') all.push("conversion IN ('mayApply','notInPlan')");
  else if (s.conversion) all.push(`conversion = ${quoted(s.conversion)}`);
  if (s.plannedUse) all.push(`planned_use = ${quoted(s.plannedUse)}`);
  if (s.more.trim()) all.push(`(${s.more.trim()})`);
  const out: QueryBody = { limit };
  if (all.length) out['filter-text'] = all.join(' AND ');
  if (s.roadWithin !== null) out.near = [{ layer: 'roads', within: s.roadWithin, ...(s.roadWidth !== null ? { 'filter-text': `width >= ${s.roadWidth}` } : {}) }];
  if (s.ward || shape) out.within = { ...(s.ward ? { ward: s.ward } : {}), ...(shape ? { geometry: shape } : {}) };
  if (sortby.length) out.sortby = sortby;
  return out;
}

export function isEmpty(s: Sentence, shape: GeoJSON.Polygon | null): boolean {
  return !shape && JSON.stringify(s) === JSON.stringify(blankSentence());
}
