// What is drawn over the style: an area that a person draws, and the parcels that a
// query found. It is put back whenever the style changes.
import type { GeoJSONSource, Map as GLMap, MapMouseEvent } from 'maplibre-gl';

type Shape = GeoJSON.FeatureCollection;

const none: Shape = { type: 'FeatureCollection', features: [] };
const of = (...geometries: GeoJSON.Geometry[]): Shape => ({ type: 'FeatureCollection', features: geometries.map((geometry) => ({ type: 'Feature', properties: {}, geometry })) });

export class Overlay {
  readonly #map: GLMap;
  #found: Shape = none;
  #area: Shape = none;
  #edges: Shape = none;
  #stop: (() => void) | null = null;

  constructor(map: GLMap) {
    this.#map = map;
    map.on('style.load', () => this.#add());
  }

  #add(): void {
    const m = this.#map;
    if (m.getSource('found')) return;
    m.addSource('found', { type: 'geojson', data: this.#found });
    m.addLayer({ id: 'found-fill', type: 'fill', source: 'found', paint: { 'fill-color': '#f2b200', 'fill-opacity': 0.45 } });
    m.addLayer({ id: 'found-line', type: 'line', source: 'found', paint: { 'line-color': '#7a4b00', 'line-width': ['interpolate', ['linear'], ['zoom'], 12, 0.8, 18, 2.4] } });
    // A parcel seen from afar is smaller than a pixel: a dot stands for it.
    m.addLayer({ id: 'found-dot', type: 'circle', source: 'found', maxzoom: 15, paint: { 'circle-radius': 2.5, 'circle-color': '#b36b00', 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 0.6 } });
    m.addSource('edges', { type: 'geojson', data: this.#edges });
    m.addLayer({ id: 'edges-line', type: 'line', source: 'edges', layout: { 'line-cap': 'round' }, paint: { 'line-color': ['case', ['get', 'chosen'], '#c2185b', '#1f5fd1'], 'line-width': ['case', ['get', 'chosen'], 7, 3] } });
    m.addSource('area', { type: 'geojson', data: this.#area });
    m.addLayer({ id: 'area-fill', type: 'fill', source: 'area', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': '#1f5fd1', 'fill-opacity': 0.08 } });
    m.addLayer({ id: 'area-line', type: 'line', source: 'area', paint: { 'line-color': '#1f5fd1', 'line-width': 2, 'line-dasharray': [2, 1.5] } });
  }

  // edges shows the edges of a parcel; the one chosen stands out.
  edges(lines: [number, number][][], chosen: number | null): void {
    this.#edges = { type: 'FeatureCollection', features: lines.map((coordinates, i) => ({ type: 'Feature', properties: { chosen: i === chosen }, geometry: { type: 'LineString', coordinates } })) };
    this.#set('edges', this.#edges);
  }

  #set(id: string, data: Shape): void {
    (this.#map.getSource(id) as GeoJSONSource | undefined)?.setData(data);
  }

  // found shows the parcels of a query.
  found(shapes: GeoJSON.Geometry[]): void {
    this.#found = of(...shapes);
    this.#set('found', this.#found);
  }

  // area shows an area; null takes it away.
  area(shape: GeoJSON.Polygon | null): void {
    this.#area = shape ? of(shape) : none;
    this.#set('area', this.#area);
  }

  // draw lets a person draw an area: a click a corner; the first corner again, a
  // double click or Enter closes it, Escape gives up. Drawing ends with done.
  draw(done: (shape: GeoJSON.Polygon | null) => void): void {
    this.#stop?.();
    const corners: [number, number][] = [];
    const canvas = this.#map.getCanvas();
    let pointer: [number, number] | null = null;
    const show = (): void => {
      const line = pointer ? [...corners, pointer] : corners;
      this.#area = line.length > 1 ? of({ type: 'LineString', coordinates: line }) : none;
      this.#set('area', this.#area);
    };
    const end = (keep: boolean): void => {
      this.#stop?.();
      const shape: GeoJSON.Polygon | null = keep && corners.length > 2 ? { type: 'Polygon', coordinates: [[...corners, corners[0]!]] } : null;
      this.area(shape);
      done(shape);
    };
    const click = (e: MapMouseEvent): void => {
      const first = corners[0];
      if (first && corners.length > 2) {
        const p = this.#map.project(first);
        if (Math.hypot(p.x - e.point.x, p.y - e.point.y) < 12) {
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
  }

  get drawing(): boolean {
    return this.#stop !== null;
  }
}
