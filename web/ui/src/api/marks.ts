// Corrections of a parcel's frontage, as the server takes and tells them. Only the panel
// that makes them loads this.
import type { Client } from './client';

export type EdgeKind = 'front' | 'side' | 'rear';

export interface Edge {
  kind: EdgeKind | 'unknown';
  faces: string;
  length: number;
  street: number | null;
  beside: string | null;
  mark: string | null; // id of the mark that corrects it
  line: [number, number][];
  at: [number, number]; // the place for a mark
}

export interface Mark {
  id: string;
  version: number;
  kind: EdgeKind;
  road: string | null;
  width: number | null;
  document: string | null;
  note?: string;
  at: [number, number];
  edge: number;
  outranked: boolean;
}

export interface Correctable {
  edges: Edge[];
  roads: { code: string; name: string | null; class: string | null; width: number | null; distance: number }[];
  marks: Mark[];
}

export interface Said {
  kind: EdgeKind;
  road: string;
  width: number | null;
  document: string;
  note: string;
}

// mayCorrect tells whether the caller has the permission.
export async function mayCorrect(c: Client): Promise<boolean> {
  const who = (await (await c.send('/api/session')).json()) as { may?: string[] };
  return who.may?.includes('edit-plan') ?? false;
}

export async function correctable(c: Client, parcel: string): Promise<Correctable> {
  return (await (await c.send(`/api/parcels/${encodeURIComponent(parcel)}/frontage-marks`)).json()) as Correctable;
}

// save says something of an edge: anew, or instead of what a mark there says.
export async function save(c: Client, parcel: string, at: [number, number], said: Said, instead: Mark | null): Promise<void> {
  const front = said.kind === 'front';
  const body = { lon: at[0], lat: at[1], kind: said.kind, road: front && said.road ? said.road : null, width: front ? said.width : null, document: said.document || null, note: said.note || null };
  if (instead) await c.send(`/api/frontage-marks/${instead.id}`, { method: 'PUT', body, headers: { 'If-Match': `"${instead.version}"` } });
  else await c.send(`/api/parcels/${encodeURIComponent(parcel)}/frontage-marks`, { body });
}

export async function takeBack(c: Client, mark: Mark): Promise<void> {
  await c.send(`/api/frontage-marks/${mark.id}`, { method: 'DELETE', headers: { 'If-Match': `"${mark.version}"` } });
}
