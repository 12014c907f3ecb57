// A delivery on the map before it is let in: its box where each coordinate system
// would put it, and its shapes where the chosen one does. It is put back whenever the
// style changes.
import type { DataDrivenPropertyValueSpecification, GeoJSONSource, Map as GLMap } from 'maplibre-gl';

type Shape = GeoJSON.FeatureCollection;

const none: Shape = { type: 'FeatureCollection', features: [] };
const colour: DataDrivenPropertyValueSpecification<string> = ['match', ['get', 'severity'], 'error', '#b3261e', 'warning', '#c77700', '#7b1fa2'];

export class Arriving {
  readonly #map: GLMap;
  #boxes: Shape = none;
  #shapes: Shape = none;

  constructor(map: GLMap) {
    this.#map = map;
    map.on('style.load', () => this.#add());
  }

  // The layers are there only while there is something to show.
  #add(): void {
    const m = this.#map;
    if (m.getSource('arriving') || !this.#boxes.features.length && !this.#shapes.features.length || !m.isStyleLoaded() && !m.getStyle()) return;
    m.addSource('landing', { type: 'geojson', data: this.#boxes });
    m.addLayer({ id: 'landing-line', type: 'line', source: 'landing', paint: { 'line-color': ['case', ['get', 'chosen'], '#7b1fa2', '#4d5864'], 'line-width': ['case', ['get', 'chosen'], 3, 2], 'line-dasharray': [3, 2] } });
    // From afar a box is a dot, which says what would put it there.
    m.addLayer({ id: 'landing-dot', type: 'circle', source: 'landing', filter: ['==', ['geometry-type'], 'Point'], maxzoom: 14, paint: { 'circle-color': ['case', ['get', 'chosen'], '#7b1fa2', '#4d5864'], 'circle-radius': 6, 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2 } });
    m.addLayer({ id: 'landing-name', type: 'symbol', source: 'landing', filter: ['==', ['geometry-type'], 'Point'], maxzoom: 14, layout: { 'text-field': ['get', 'name'], 'text-font': ['Be Vietnam Pro SemiBold'], 'text-size': 14, 'text-offset': [0, 1.1], 'text-anchor': 'top' }, paint: { 'text-color': ['case', ['get', 'chosen'], '#7b1fa2', '#1c2430'], 'text-halo-color': '#ffffff', 'text-halo-width': 2 } });
    m.addSource('arriving', { type: 'geojson', data: this.#shapes });
    m.addLayer({ id: 'arriving-fill', type: 'fill', source: 'arriving', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': colour, 'fill-opacity': 0.28 } });
    m.addLayer({ id: 'arriving-line', type: 'line', source: 'arriving', filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': colour, 'line-width': 1.6 } });
    m.addLayer({ id: 'arriving-dot', type: 'circle', source: 'arriving', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-color': colour, 'circle-radius': 5, 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 1.5 } });
  }

  #set(): void {
    this.#add();
    (this.#map.getSource('landing') as GeoJSONSource | undefined)?.setData(this.#boxes);
    (this.#map.getSource('arriving') as GeoJSONSource | undefined)?.setData(this.#shapes);
  }

  // boxes shows outlines; the chosen one stands out.
  boxes(all: { outline: GeoJSON.Polygon; lon: number; lat: number; chosen: boolean; name: string }[]): void {
    const features = all.flatMap((b) => [b.outline, { type: 'Point' as const, coordinates: [b.lon, b.lat] }].map((geometry) => ({ type: 'Feature' as const, properties: { chosen: b.chosen, name: b.name }, geometry })));
    this.#boxes = { type: 'FeatureCollection', features };
    this.#set();
  }

  // shapes shows a delivery's shapes; null takes them away.
  shapes(all: Shape | null): void {
    this.#shapes = all ?? none;
    this.#set();
  }
}
