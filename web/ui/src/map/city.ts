// The map. This module alone talks to MapLibre: it is given what to show and tells
// what people did, in plain values.
import { AttributionControl, Map as GLMap, ScaleControl, setWorkerUrl, type GeoJSONSource, type MapGeoJSONFeature, type MapLibreEvent, type MapMouseEvent, type PointLike } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import './gl.css';
import { Fresh } from './fresh';
import { Overlay } from './overlay';
import { only, scale } from './paint';
import type { Box } from './tiles';

export interface Hit {
  layer: string; // of the API
  id: string;
  properties: Record<string, unknown>;
  lon: number;
  lat: number;
}

export interface Camera {
  center: [number, number];
  zoom: number;
  bearing: number;
  pitch: number;
}

export interface Events {
  click(hits: Hit[], lon: number, lat: number): void;
  hover(hit: Hit | null, x: number, y: number): void;
  moved(c: Camera, byHand: boolean): void;
  idle(): void;
  failed(layers: number): void;
}

export interface Legend {
  use: { code: string; name: string; colour: string | null; shown: string; group: string }[]; // shown is the colour as the style draws it
  [family: string]: { [k: string]: string | null }[] | undefined;
}

// What is in view: parcels by present use, zones by planned use, points and
// restrictions by layer and kind.
export interface InView {
  exact: boolean; // the counts of uses are those of the view
  uses: Map<string, number>;
  planned: Map<string, number>;
  kinds: Map<string, Map<string, number>>;
}

export interface Options {
  container: HTMLElement;
  style: string;
  camera: Camera | null;
  bounds: Box | null;
  centre: [number, number] | null; // where the map begins: nearer than the whole
  locale: Record<string, string>;
  events: Events;
  still: boolean; // no animation: the reader asked for less motion, or a test looks
  quiet?: boolean; // a second map beside the first: no controls, no marks
}

export type Padding = { top: number; right: number; bottom: number; left: number };

// The source that draws a layer of the API. A contract with the styles.
const drawnBy: Record<string, string> = {
  parcels: 'land', landuse: 'cover', zones: 'plan', restrictions: 'plan', plans: 'plan', water: 'base', roads: 'base', wards: 'base', buildings: 'base',
  places: 'places', cameras: 'ops', incidents: 'ops',
};

const pointLayers = ['incidents', 'cameras', 'places'];
const selectionSource = 'selection';

interface StyleLayer {
  id: string;
  type: string;
  source?: string;
  'source-layer'?: string;
  layout?: { visibility?: string };
  paint?: Record<string, unknown>;
  metadata?: Record<string, string>;
}

export class City {
  readonly #map: GLMap;
  readonly #events: Events;
  readonly #still: boolean;
  readonly #quiet: boolean;
  readonly #fresh: Fresh;
  readonly overlay: Overlay; // what is drawn over the style
  readonly #whole: Box | null; // the place
  #layers: StyleLayer[] = []; // as the style says them, before we changed any
  #opacity: Record<string, number> = {};
  #only: string | null = null;
  #selected: string | null = null; // a parcel's id
  #hovered: string | null = null;
  #shape: GeoJSON.Geometry | null = null;
  #failing = new Set<string>();
  #ready = false;

  // Throws where the browser has no WebGL 2.
  constructor(o: Options) {
    setWorkerUrl(workerUrl);
    this.#events = o.events;
    this.#still = o.still;
    this.#quiet = o.quiet ?? false;
    this.#whole = o.bounds;
    const at = o.camera ? { center: o.camera.center, zoom: o.camera.zoom, bearing: o.camera.bearing, pitch: o.camera.pitch } : o.bounds ? { bounds: o.bounds, fitBoundsOptions: { padding: 24 } } : {};
    this.#map = new GLMap({
      container: o.container, style: o.style, ...at, minZoom: 7, maxZoom: 22, maxPitch: 60, attributionControl: false, locale: o.locale,
      fadeDuration: o.still ? 0 : 150, interactive: !o.quiet, refreshExpiredTiles: false, dragRotate: true, pitchWithRotate: true, clickTolerance: 5,
    });
    this.overlay = new Overlay(this.#map);
    this.#fresh = new Fresh(this.#map);
    if (this.#quiet) {
      this.#map.on('style.load', () => this.#styled());
      this.#map.on('idle', () => this.#events.idle());
      return;
    }
    this.#map.addControl(new AttributionControl({ compact: false }), 'bottom-right');
    this.#map.addControl(new ScaleControl({ maxWidth: 100, unit: 'metric' }), 'bottom-left');
    this.#listen();
    if (!o.camera && o.centre) this.#map.jumpTo({ center: o.centre, zoom: this.#map.getZoom() + 1.6 });
  }

  #listen(): void {
    const m = this.#map;
    const html = document.documentElement;
    m.on('style.load', () => this.#styled());
    m.on('movestart', () => delete html.dataset['mapIdle']);
    m.on('dataloading', () => delete html.dataset['mapIdle']);
    m.on('idle', () => {
      if (!this.#ready) performance.mark('langbiang:idle');
      this.#ready = true;
      html.dataset['mapIdle'] = '1';
      this.#events.idle();
    });
    m.on('moveend', (e: MapLibreEvent) => this.#events.moved(this.camera(), Boolean(e.originalEvent)));
    m.on('error', (e) => {
      const source = (e as unknown as { sourceId?: string }).sourceId;
      if (source && !this.#failing.has(source)) {
        this.#failing.add(source);
        this.#events.failed(this.#failing.size);
      }
    });
    m.on('sourcedata', (e) => {
      if (e.tile && this.#failing.delete(e.sourceId)) this.#events.failed(this.#failing.size);
    });
    m.on('click', (e: MapMouseEvent) => {
      if (this.overlay.drawing) return;
      performance.mark('langbiang:click');
      const touch = (e.originalEvent as PointerEvent).pointerType === 'touch';
      this.#events.click(this.hits(e.point, touch ? 16 : 6), e.lngLat.lng, e.lngLat.lat);
    });
    if (window.matchMedia('(hover: hover)').matches) {
      m.on('mousemove', (e: MapMouseEvent) => {
        if (this.overlay.drawing) return;
        const hit = m.isMoving() ? null : (this.hits(e.point, 4)[0] ?? null);
        this.#hover(hit);
        this.#events.hover(hit, e.point.x, e.point.y);
      });
      m.on('mouseout', () => {
        this.#hover(null);
        this.#events.hover(null, 0, 0);
      });
    }
  }

  #styled(): void {
    this.#layers = structuredClone(this.#map.getStyle().layers) as StyleLayer[];
    for (const [group, k] of Object.entries(this.#opacity)) this.#apply(group, k);
    if (this.#only !== null) this.highlight(this.#only);
    if (this.#selected) this.#mark(this.#selected, 'selected', true);
    this.#draw();
  }

  // style changes to another style; what is switched and selected stays.
  style(url: string): void {
    this.#map.setStyle(url, { diff: false });
  }

  legend(): Legend | null {
    const m = this.#map.getStyle()?.metadata as Record<string, unknown> | undefined;
    return (m?.['langbiang:legend'] as Legend) ?? null;
  }

  // show gives a group of layers an opacity; 0 hides it.
  show(group: string, opacity: number): void {
    this.#opacity[group] = opacity;
    if (this.#layers.length) this.#apply(group, opacity);
    if (group === 'landuse' && this.#only !== null) this.highlight(this.#only);
  }

  #apply(group: string, opacity: number): void {
    for (const l of this.#layers) {
      if (l.metadata?.['langbiang:group'] !== group) continue;
      this.#map.setLayoutProperty(l.id, 'visibility', opacity > 0 ? 'visible' : 'none');
      for (const p of opacityOf(l.type)) {
        const base = l.paint?.[p];
        if (base !== undefined || opacity !== 1) this.#map.setPaintProperty(l.id, p as 'fill-opacity', scale(base ?? 1, opacity || 1) as never);
      }
    }
  }

  // highlight leaves one use standing out; null shows all again.
  highlight(use: string | null): void {
    this.#only = use;
    for (const l of this.#layers) {
      if (l.metadata?.['langbiang:group'] !== 'landuse' || l.type !== 'fill') continue;
      const base = scale(l.paint?.['fill-opacity'] ?? 1, this.#opacity['landuse'] || 1);
      const is = use === '' ? ['!', ['has', 'use']] : ['==', ['get', 'use'], use];
      this.#map.setPaintProperty(l.id, 'fill-opacity', (use === null ? base : only(base, is, 0.12)) as never);
    }
  }

  camera(): Camera {
    const c = this.#map.getCenter();
    return { center: [c.lng, c.lat], zoom: this.#map.getZoom(), bearing: this.#map.getBearing(), pitch: this.#map.getPitch() };
  }

  // hits are the things at a point of the screen: points first, topmost first, then
  // the parcel; each once.
  hits(p: PointLike & { x: number; y: number }, reach: number): Hit[] {
    const at = this.#map.unproject(p);
    const ids = (test: (l: StyleLayer) => boolean): string[] => this.#layers.filter((l) => test(l) && this.#map.getLayer(l.id)).map((l) => l.id);
    const points = ids((l) => pointLayers.includes(l['source-layer'] ?? ''));
    // The layer that tints what is pointed at is there whatever is switched off.
    const parcels = ids((l) => l['source-layer'] === 'parcels' && l.type === 'fill' && l.metadata?.['langbiang:group'] === 'select');
    const box: [PointLike, PointLike] = [[p.x - reach, p.y - reach], [p.x + reach, p.y + reach]];
    const found = [...(points.length ? this.#map.queryRenderedFeatures(box, { layers: points }) : []), ...(parcels.length ? this.#map.queryRenderedFeatures([p.x, p.y], { layers: parcels }) : [])];
    const seen = new Set<string>();
    return found.flatMap((f) => {
      const key = `${f.sourceLayer}:${f.id}`;
      if (f.id === undefined || seen.has(key)) return [];
      seen.add(key);
      return [{ layer: f.sourceLayer ?? '', id: String(f.id), properties: f.properties, lon: at.lng, lat: at.lat }];
    });
  }

  // atCentre are the things in the middle of what is not under a panel.
  atCentre(): { hits: Hit[]; lon: number; lat: number } {
    const c = this.#map.getCenter();
    return { hits: this.hits(this.#map.project(c) as never, 12), lon: c.lng, lat: c.lat };
  }

  // parcels in view, nearest to the middle first, for whoever cannot see the map.
  parcels(most: number): Hit[] {
    const c = this.#map.getCenter();
    const seen = new Map<string, Hit & { far: number }>();
    for (const f of this.#rendered('parcel_labels', 'parcels')) {
      const [lon, lat] = middle(f.geometry);
      const far = (lon - c.lng) ** 2 + (lat - c.lat) ** 2;
      const id = String(f.id);
      const known = seen.get(id);
      if (!known || far < known.far) seen.set(id, { layer: 'parcels', id, properties: f.properties, lon, lat, far });
    }
    return [...seen.values()].sort((a, b) => a.far - b.far || Number(a.id) - Number(b.id)).slice(0, most);
  }

  #rendered(...sourceLayers: string[]): MapGeoJSONFeature[] {
    for (const name of sourceLayers) {
      const layers = this.#layers.filter((l) => l['source-layer'] === name && l.metadata?.['langbiang:group'] !== 'select' && this.#map.getLayoutProperty(l.id, 'visibility') !== 'none').map((l) => l.id);
      const found = layers.length ? this.#map.queryRenderedFeatures({ layers }) : [];
      if (found.length) return found.filter((f) => f.id !== undefined);
    }
    return [];
  }

  // inView counts what is in view: parcels by use, and things by layer and kind. Where
  // the ground is drawn from overviews, a count is of whole tiles, which reach beyond
  // the view: exact says whether the counts of uses are those of the view.
  inView(): InView {
    const uses = new Map<string, number>();
    const add = (m: Map<string, number>, k: string, n: number): void => void m.set(k, (m.get(k) ?? 0) + n);
    const seen = new Set<unknown>();
    let exact = true;
    const fills = this.#layers.filter((l) => l.metadata?.['langbiang:group'] === 'landuse' && l.type === 'fill' && this.#map.getLayoutProperty(l.id, 'visibility') !== 'none').map((l) => l.id);
    if (fills.length) {
      for (const f of this.#map.queryRenderedFeatures({ layers: fills })) {
        const use = String(f.properties['use'] ?? '');
        if (f.sourceLayer === 'parcels') {
          if (!seen.has(f.id)) add(uses, use, 1);
          seen.add(f.id);
        } else if (f.sourceLayer === 'coverage') {
          // One feature a use and tile; its count is of that tile alone.
          exact = false;
          const key = `${use}|${f.properties['count']}|${f.properties['area']}`;
          if (!seen.has(key)) add(uses, use, Number(f.properties['count'] ?? 0));
          seen.add(key);
        }
      }
    }
    const kinds = new Map<string, Map<string, number>>();
    const severities = new Map<string, number>();
    const points = this.#layers.filter((l) => pointLayers.includes(l['source-layer'] ?? '') && this.#map.getLayoutProperty(l.id, 'visibility') !== 'none').map((l) => l.id);
    if (points.length) {
      for (const f of this.#map.queryRenderedFeatures({ layers: points })) {
        const key = `${f.sourceLayer}:${f.id}`;
        if (seen.has(key)) continue;
        seen.add(key);
        const layer = f.sourceLayer ?? '';
        const family = kinds.get(layer) ?? new Map<string, number>();
        kinds.set(layer, family);
        add(family, String(f.properties['kind'] ?? f.properties['category'] ?? ''), 1);
        if (layer === 'incidents' && f.properties['severity'] !== undefined) add(severities, String(f.properties['severity']), 1);
      }
    }
    const planned = new Map<string, number>();
    for (const f of this.#rendered('zones')) {
      const key = `zones:${f.id}`;
      if (!seen.has(key)) add(planned, String(f.properties['use'] ?? ''), 1);
      seen.add(key);
    }
    const restrictions = new Map<string, number>();
    for (const f of this.#rendered('restrictions')) {
      const key = `restrictions:${f.id}`;
      if (!seen.has(key)) add(restrictions, String(f.properties['kind'] ?? ''), 1);
      seen.add(key);
    }
    if (severities.size) kinds.set('severities', severities);
    if (restrictions.size) kinds.set('restrictions', restrictions);
    const [w, s, e, n] = this.#whole ?? [-180, -90, 180, 90];
    const view = this.#map.getBounds();
    return { exact: exact || (view.contains([w, s]) && view.contains([e, n])), uses, planned, kinds };
  }

  // select outlines a parcel at once, by its id, on the tiles that are there.
  select(id: string | null): void {
    if (this.#selected === id) return;
    if (this.#selected) this.#mark(this.#selected, 'selected', false);
    this.#selected = id;
    if (id) {
      this.#mark(id, 'selected', true);
      this.#map.once('render', () => performance.mark('langbiang:outline'));
    }
  }

  // outline draws the exact shape of what is selected; null takes it away.
  outline(shape: GeoJSON.Geometry | null): void {
    this.#shape = shape;
    this.#draw();
  }

  #draw(): void {
    const source = this.#map.getSource(selectionSource) as GeoJSONSource | undefined;
    source?.setData({ type: 'FeatureCollection', features: this.#shape ? [{ type: 'Feature', properties: {}, geometry: this.#shape }] : [] });
  }

  #hover(hit: Hit | null): void {
    this.#map.getCanvas().style.cursor = hit ? 'pointer' : '';
    const id = hit?.layer === 'parcels' ? hit.id : null;
    if (this.#hovered === id) return;
    if (this.#hovered) this.#mark(this.#hovered, 'hover', false);
    this.#hovered = id;
    if (id) this.#mark(id, 'hover', true);
  }

  #mark(id: string, state: string, on: boolean): void {
    if (this.#map.getSource('land')) this.#map.setFeatureState({ source: 'land', sourceLayer: 'parcels', id: Number(id) }, { [state]: on });
  }

  // pad keeps what is looked at out from under the panels.
  pad(p: Padding): void {
    this.#map.easeTo({ padding: p, duration: this.#still ? 0 : 250 });
  }

  // ease brings a place into view unless it is in view already.
  reveal(lon: number, lat: number, padding: Padding): void {
    const p = this.#map.project([lon, lat]);
    const c = this.#map.getContainer();
    const inside = p.x > padding.left + 24 && p.x < c.clientWidth - padding.right - 24 && p.y > padding.top + 24 && p.y < c.clientHeight - padding.bottom - 24;
    // What is seen already stays where it is.
    if (!inside) this.#map.easeTo({ center: [lon, lat], padding, duration: this.#still ? 0 : 400 });
  }

  go(lon: number, lat: number, zoom: number, padding?: Padding): void {
    const to = { center: [lon, lat] as [number, number], zoom, ...(padding ? { padding } : {}) };
    if (this.#still) this.#map.jumpTo(to);
    else this.#map.flyTo({ ...to, speed: 1.8, maxDuration: 1600 });
  }

  fit(b: Box, maxZoom: number, beside: Padding = { top: 0, right: 0, bottom: 0, left: 0 }): void {
    const padding = { top: 48 + beside.top, right: 48 + beside.right, bottom: 48 + beside.bottom, left: 48 + beside.left };
    this.#map.fitBounds(b, { padding, maxZoom, animate: !this.#still });
  }

  zoomBy(n: number): void {
    this.#map.zoomTo(Math.round((this.#map.getZoom() + n) * 2) / 2, { duration: this.#still ? 0 : 250 });
  }

  north(): void {
    this.#map.easeTo({ bearing: 0, pitch: 0, duration: this.#still ? 0 : 300 });
  }

  focus(): void {
    this.#map.getCanvas().focus();
  }

  resize(): void {
    this.#map.resize();
  }

  // changed reads again the tiles that draw a layer on some ground; null = all of it.
  changed(layer: string | null, box: Box | null): void {
    const sources = new Set(layer === null ? Object.values(drawnBy) : drawnBy[layer] ? [drawnBy[layer]] : []);
    for (const s of sources) this.#fresh.changed(s, box);
    if (this.overlay.shows && layer !== 'incidents') this.#fresh.changed('found', null); // what a query finds may rest on any ground
  }

  // mirror keeps this map where another is, until the function it gives is called.
  mirror(other: City): () => void {
    const move = (): void => void this.#map.jumpTo({ ...other.camera(), padding: other.#map.getPadding() });
    other.#map.on('move', move);
    move();
    return () => other.#map.off('move', move);
  }

  onScreen(lon: number, lat: number): { x: number; y: number } {
    return this.#map.project([lon, lat]);
  }

  remove(): void {
    this.#map.remove();
  }
}

function opacityOf(type: string): string[] {
  switch (type) {
    case 'fill':
      return ['fill-opacity'];
    case 'line':
      return ['line-opacity'];
    case 'symbol':
      return ['icon-opacity', 'text-opacity'];
    case 'circle':
      return ['circle-opacity', 'circle-stroke-opacity'];
    case 'fill-extrusion':
      return ['fill-extrusion-opacity'];
    default:
      return [];
  }
}

function middle(g: GeoJSON.Geometry): [number, number] {
  if (g.type === 'Point') return g.coordinates as [number, number];
  const ring = g.type === 'Polygon' ? g.coordinates[0]! : g.type === 'MultiPolygon' ? g.coordinates[0]![0]! : [];
  let [x, y] = [0, 0];
  for (const p of ring) {
    x += p[0]! / ring.length;
    y += p[1]! / ring.length;
  }
  return [x, y];
}
