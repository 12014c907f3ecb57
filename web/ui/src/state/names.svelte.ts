// What codes are called and which colours they have: the style in use says it, for
// its map and for whoever explains it.
import type { Legend } from '../map/city';

export class Names {
  legend = $state.raw<Legend | null>(null);

  // A parcel of two uses is called by both and has the colour of the first.
  use(code: string): string | null {
    const names = code.split('+').map((c) => this.legend?.use.find((u) => u.code === c)?.name);
    return names.every((n) => n) ? names.join(' + ') : null;
  }

  colour(code: string): string {
    const first = code.split('+')[0];
    return this.legend?.use.find((u) => u.code === first)?.shown || 'var(--line)';
  }

  // planned is the colour of a planned use.
  planned(code: string): string {
    return this.legend?.['zones']?.find((u) => u['code'] === code.split('+')[0])?.['shown'] ?? 'var(--line)';
  }

  // kind is the word of a kind of a layer of points, or of a restriction.
  kind(layer: string, kind: string): string {
    const row = this.#row(layer, kind);
    return row?.['label'] ?? row?.['name'] ?? kind;
  }

  // dot is its colour; '' where its symbol has none of its own.
  dot(layer: string, kind: string): string {
    if (layer === 'cameras') return this.legend?.['cameraStatuses']?.[0]?.['colour'] ?? '';
    return this.#row(layer, kind)?.['colour'] ?? '';
  }

  #row(layer: string, kind: string): { [k: string]: string | null } | undefined {
    return this.legend?.[layer]?.find((k) => String(k['kind'] ?? k['category'] ?? k['severity']) === kind);
  }
}
