// What is drawn over the style: an area that a person draws, and the parcels that a
// question means. It is put back whenever the style changes.
import type { GeoJSONSource, Map as GLMap, MapMouseEvent, VectorTileSource } from 'maplibre-gl';
import { Arriving } from './arriving';

type Shape = GeoJSON.FeatureCollection;

const none: Shape = { type: 'FeatureCollection', features: [] };
const of = (...geometries: GeoJSON.Geometry[]): Shape => ({ type: 'FeatureCollection', features: geometries.map((geometry) => ({ type: 'Feature', properties: {}, geometry })) });

// What a person draws at the moment.
export interface Drawing {
  end(keep: boolean): void;
}

const foundLayers = ['found-fill', 'found-line', 'found-dot'];

export class Overlay {
  readonly #map: GLMap;
  readonly arriving: Arriving;
  #found: string | null = null;
  #area: Shape = none;
  #edges: Shape = none;
  #stop: (() => void) | null = null;

  constructor(map: GLMap) {
    this.#map = map;
    map.on('style.load', () => this.#add());
    this.arriving = new Arriving(map);
  }

  #add(): void {
    const m = this.#map;
    if (m.getSource('area')) return;
    m.addSource('edges', { type: 'geojson', data: this.#edges });
    m.addLayer({ id: 'edges-line', type: 'line', source: 'edges', layout: { 'line-cap': 'round' }, paint: { 'line-color': ['case', ['get', 'chosen'], '#c2185b', '#1f5fd1'], 'line-width': ['case', ['get', 'chosen'], 7, 3] } });
    m.addSource('area', { type: 'geojson', data: this.#area });
    m.addLayer({ id: 'area-fill', type: 'fill', source: 'area', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': '#1f5fd1', 'fill-opacity': 0.08 } });
    m.addLayer({ id: 'area-halo', type: 'line', source: 'area', paint: { 'line-color': '#ffffff', 'line-width': 4, 'line-opacity': 0.7 } });
    m.addLayer({ id: 'area-line', type: 'line', source: 'area', paint: { 'line-color': '#1f5fd1', 'line-width': 2, 'line-dasharray': [2, 1.5] } });
    m.addLayer({ id: 'area-dot', type: 'circle', source: 'area', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 5, 'circle-color': '#1f5fd1', 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2 } });
    this.#show();
  }

  // Under the map's own writing, so that numbers and names stay to be read.
  #show(): void {
    const m = this.#map;
    if (!m.getSource('area')) return; // the style is on its way: then
    const tiles = [`${location.origin}/tiles/parcels,parcel_dots/{z}/{x}/{y}.mvt?q=${this.#found}`];
    const source = m.getSource('found') as VectorTileSource | undefined;
    if (source && this.#found !== null) {
      source.setTiles(tiles);
      return;
    }
    if (source) {
      for (const id of foundLayers) m.removeLayer(id);
      m.removeSource('found');
    }
    if (this.#found === null) return;
    const [fill, line, dot] = foundLayers as [string, string, string];
    const under = m.getStyle().layers.find((l) => l.type === 'symbol')?.id;
    m.addSource('found', { type: 'vector', tiles, minzoom: 8, maxzoom: 18 });
    m.addLayer({ id: fill, type: 'fill', source: 'found', 'source-layer': 'parcels', paint: { 'fill-color': '#ffc400', 'fill-opacity': 0.5 } }, under);
    m.addLayer({ id: line, type: 'line', source: 'found', 'source-layer': 'parcels', paint: { 'line-color': '#7a3d00', 'line-width': ['interpolate', ['linear'], ['zoom'], 15, 0.9, 18, 2.4] } }, under);
    // Parcels seen from afar are smaller than a pixel: a dot stands for those of its
    // cell, and is as large as they are many.
    m.addLayer({ id: dot, type: 'circle', source: 'found', 'source-layer': 'parcel_dots', paint: {
      'circle-radius': ['interpolate', ['linear'], ['sqrt', ['get', 'count']], 1, 2.4, 12, 6], 'circle-color': '#ffab00', 'circle-stroke-color': '#5c2e00', 'circle-stroke-width': 1, 'circle-opacity': 0.9,
    } }, under);
  }

  // edges shows the edges of a parcel; the one chosen stands out.
  edges(lines: [number, number][][], chosen: number | null): void {
    this.#edges = { type: 'FeatureCollection', features: lines.map((coordinates, i) => ({ type: 'Feature', properties: { chosen: i === chosen }, geometry: { type: 'LineString', coordinates } })) };
    this.#set('edges', this.#edges);
  }

  #set(id: string, data: Shape): void {
    (this.#map.getSource(id) as GeoJSONSource | undefined)?.setData(data);
  }

  // found shows the parcels that a question means, by the text of its link; null = none.
  found(question: string | null): void {
    if (this.#found === question) return;
    this.#found = question;
    this.#show();
  }

  get shows(): boolean {
    return this.#found !== null;
  }

  // area shows an area; null takes it away.
  area(shape: GeoJSON.Polygon | null): void {
    this.#area = shape ? of(shape) : none;
    this.#set('area', this.#area);
  }

  // draw lets a person draw an area: a click a corner; the first corner again, a
  // double click or Enter closes it, Escape gives up. Drawing ends with done; null =
  // nothing was drawn.
  draw(done: (shape: GeoJSON.Polygon | null) => void): Drawing {
    this.#stop?.();
    const corners: [number, number][] = [];
    const canvas = this.#map.getCanvas();
    let pointer: [number, number] | null = null;
    const show = (): void => {
      const line = pointer ? [...corners, pointer] : corners;
      this.#area = corners.length ? of({ type: 'LineString', coordinates: line }, { type: 'Point', coordinates: corners[0]! }) : none;
      this.#set('area', this.#area);
    };
    const end = (keep: boolean): void => {
      this.#stop?.();
      const shape: GeoJSON.Polygon | null = keep && corners.length > 2 ? { type: 'Polygon', coordinates: [[...corners, corners[0]!]] } : null;
      done(shape);
    };
    const click = (e: MapMouseEvent): void => {
      const first = corners[0];
      if (first && corners.length > 2) {
        const p = this.#map.project(first);
        if (Math.hypot(p.x - e.point.x, p.y - e.point.y) < ((e.originalEvent as PointerEvent).pointerType === 'touch' ? 24 : 12)) {
          end(true);
          return;
        }
      }
      corners.push([e.lngLat.lng, e.lngLat.lat]);
      show();
    };
    const move = (e: MapMouseEvent): void => {
      pointer = [e.lngLat.lng, e.lngLat.lat];
      if (corners.length) show();
    };
    const double = (e: MapMouseEvent): void => {
      e.preventDefault();
      corners.pop(); // the second click of the two put one down
      end(true);
    };
    const key = (e: KeyboardEvent): void => {
      if (e.key !== 'Enter' && e.key !== 'Escape') return;
      e.preventDefault();
      e.stopPropagation();
      end(e.key === 'Enter');
    };
    this.#map.on('click', click);
    this.#map.on('mousemove', move);
    this.#map.on('dblclick', double);
    window.addEventListener('keydown', key, true);
    canvas.style.cursor = 'crosshair';
    this.#stop = () => {
      this.#map.off('click', click);
      this.#map.off('mousemove', move);
      this.#map.off('dblclick', double);
      window.removeEventListener('keydown', key, true);
      canvas.style.cursor = '';
      this.#stop = null;
    };
    return { end };
  }

  get drawing(): boolean {
    return this.#stop !== null;
  }
}
