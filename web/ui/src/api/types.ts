// What the server answers, as docs/api.md says it. Missing things are null.

export type Outcome = 'answered' | 'noData' | 'cannotAssess' | 'notBuildable';

export interface Cited {
  id: string;
  number: string | null;
  title: string | null;
  authority: string | null;
  date: string | null;
  status: string | null;
}

export interface Reason {
  rule: string;
  title: string;
  document: Cited | null;
  article: string | null;
  zone: string | null;
  restriction: string | null;
  share: number;
}

// What a rule would say if an input were known.
export interface Could {
  input: string;
  rule: string;
  title: string;
  limit: string;
  from: number;
  to: number | null;
  unit: string;
  applies: 'yes' | 'maybe';
  status: string;
}

export interface Also {
  max?: number;
  min?: number;
  rule: string;
  title: string;
  zone: string | null;
  restriction: string | null;
  status: string;
  yieldsTo: string | null;
}

export interface Part {
  zone: string | null;
  restriction: string | null;
  area: number;
  share: number;
  max: number | null;
  because: Reason | null;
}

export interface Limit {
  outcome: Outcome;
  max: number | null;
  status: string | null;
  because: Reason | null;
  alsoConsidered: Also[];
  unknown: string[];
  could: Could[];
  assumptions: string[];
  parts: Part[];
}

export interface Setback {
  side: string;
  outcome: Outcome;
  min: number | null;
  status: string | null;
  because: Reason | null;
  alsoConsidered: Also[];
  unknown: string[];
  could: Could[];
  assumptions: string[];
}

// A minimum that is not a setback: of the lot, its frontage, its green share.
export interface Requirement extends Omit<Setback, 'side'> {
  limit: string;
  unit: string;
  has: number | null;
  met: boolean | null;
}

export interface Finding {
  kind: 'plansOverlap' | 'zonesOverlap' | 'rulesUnread';
  level: string | null;
  plans: string[];
  zones: string[];
  packs: string[];
}

export interface Conversion {
  part: string;
  outcome: 'agrees' | 'mayApply' | 'notInPlan' | 'noData';
  present: string | null;
  planned: string | null;
  share: number;
  plan: string | null;
  period: { from: string | null; to: string | null };
  document: Cited | null;
  status: string | null;
  yieldsTo: string | null;
}

export interface ZoneShare {
  id: string;
  code: string | null;
  name: string | null;
  use: string | null;
  plan: string | null;
  legalStatus: string | null;
  area: number | null;
  share: number | null;
  document: Cited | null;
  status: string | null;
}

export interface Frontage {
  length: number | null;
  depth: number | null;
  streets: { id: string | null; name: string | null; class: string | null; alley: boolean; width: number | null; widthSource: 'record' | 'measured' | 'mark' | 'unknown'; length: number }[];
  corner: boolean;
  through: boolean;
  landlocked: boolean;
  adjoiningSameUse: boolean | null;
  confidence: 'high' | 'medium' | 'low';
  notes: string[];
}

export interface Card {
  id: string;
  revision: number;
  code: string | null;
  reference: {
    commune: string | null;
    communeName: string | null;
    communeSince: string | null;
    sheetCommune: string | null;
    sheet: string | null;
    number: string | null;
    aliases: unknown[];
  };
  address: string | null;
  location: { lon: number; lat: number; easting: number | null; northing: number | null; crs: string | null };
  area: { registered: number | null; computed: number | null; difference: number | null; flag: 'ok' | 'differs' | 'unregistered' };
  use: { code: string; name: string | null; area: number | null }[];
  frontage?: Frontage | null;
  planning: {
    floors: Limit;
    height: Limit;
    density: Limit;
    far: Limit;
    footprint: { max: number | null };
    floorArea: { max: number | null };
    setbacks: Setback[];
    requirements: Requirement[];
    findings: Finding[];
    conversion: Conversion[];
    zones: ZoneShare[];
    themes: { concerned: string[]; notConcerned: string[]; noData: string[] };
  };
  source: { dataset: string | null; date: string | null; document: string | null; sourceCrs: string | null; shape: string | null; import?: Provenance | null };
  disclaimer: string;
  others: string[]; // ids of further parcels at the place
  geometry: GeoJSON.Geometry | null;
}

export interface Version {
  version: number;
  revision: number;
  present: boolean;
  recordedAt: string;
  recordedUntil: string | null;
  validFrom: string | null;
  validTo: string | null;
  area: number | null;
  properties: Record<string, unknown>;
}

export interface History {
  id: string;
  versions: Version[];
  lineage: { parents: { id?: string }[]; children: { id?: string }[] };
}

export type Kind = 'parcel' | 'street' | 'address' | 'ward' | 'place' | 'zone' | 'plan' | 'coordinate';

export interface Found {
  kind: Kind;
  id: string;
  title: string;
  subtitle: string;
  bbox: [number, number, number, number] | null;
  lon: number | null;
  lat: number | null;
}

// A field of a layer, as its schema tells it.
export interface Property {
  title?: string;
  type?: string | string[];
  format?: string;
  oneOf?: { const: string; title: string }[];
  'x-ogc-unit'?: string;
  'x-ogc-propertySeq'?: number;
}

export interface Feature {
  id: string;
  geometry: GeoJSON.Geometry | null;
  properties: Record<string, unknown>;
}

export interface Change {
  layer: string;
  bbox: [number, number, number, number] | null;
  rev: number;
  ids?: string[];
  count?: number;
}

// What parcels come to, m²; null where nothing was known to add up.
export interface Totals {
  area: number;
  floorArea: number | null; // allowed
  builtFloorArea: number | null;
  capacityLeft: number | null;
  known: { floorArea: number; builtFloorArea: number; capacityLeft: number }; // of how many parcels
}

// The answer to a planner's query, in rows.
export interface Answer {
  numberMatched: number;
  complete: boolean; // every parcel has been assessed
  totals: Totals;
  next: string | null; // where the page after this one begins
  rows: { id: string; sheet: string | null; number: string | null; use: string | null; area: number; floors: number | null }[];
}

// Sums of a planner's query by one word, which is a member of each group too.
export interface Stats {
  complete: boolean;
  totals: Totals & { count: number };
  groups: (Totals & { count: number; share: number; [word: string]: unknown })[];
}

// The place that the server is about.
export interface Place {
  name: string;
  attribution: string;
  demo: boolean;
  bounds: [number, number, number, number] | null;
  centre: [number, number] | null; // where most parcels are
  parcels: number | null; // null = the server did not say
}

// How a record came in; staff alone are told.
export interface Provenance {
  name: string;
  files: { name: string; sha256: string; size: number; crs?: string; encoding?: string; transform?: string }[];
  crsFrom: string | null;
  encoding: string | null;
  by: string | null;
  at: string;
}
