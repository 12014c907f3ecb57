// Keeps the tiles of a map as the server has them: those that a change touches are
// read again, one reading of a tile at a time.
//
// The renderer's own refreshTiles passes over a tile that is loaded for the first
// time, lets two readings of one tile run side by side, whichever answers last, and
// does not say when it is done. So this module reaches for what it is made of; a test
// on the built page holds that against the pinned version.
import type { Map as GLMap } from 'maplibre-gl';
import { Reread } from './reread';
import { touches, type Box, type TileID } from './tiles';

interface Tile {
  tileID: { key: string; canonical: TileID };
  state: 'loading' | 'loaded' | 'reloading' | 'unloaded' | 'errored' | 'expired';
}

interface Manager {
  _inViewTiles: { getAllTiles(): Tile[]; getTileById(key: string): Tile | undefined };
  _outOfViewCache: { reset(): void };
  _reloadTile(key: string, state: 'expired'): Promise<void>; // resolves when the answer is on the map, or was an error
}

export class Fresh {
  readonly #map: GLMap;
  readonly #of = new WeakMap<Tile, Manager>();
  readonly #reread = new Reread<Tile>((t) => this.#read(t));

  constructor(map: GLMap) {
    this.#map = map;
  }

  // changed reads again what a source has of some ground (null = all of it) and lets
  // go what it keeps out of view.
  changed(source: string, box: Box | null): void {
    const manager = (this.#map.style as unknown as { tileManagers: Record<string, Manager> } | undefined)?.tileManagers[source];
    if (!manager) return;
    manager._outOfViewCache.reset();
    for (const tile of manager._inViewTiles.getAllTiles()) {
      if (box && !touches(box, tile.tileID.canonical)) continue;
      this.#of.set(tile, manager);
      this.#reread.changed(tile);
    }
  }

  async #read(tile: Tile): Promise<boolean> {
    const manager = this.#of.get(tile)!;
    const key = tile.tileID.key;
    if (manager._inViewTiles.getTileById(key) !== tile) {
      manager._outOfViewCache.reset(); // it left before its turn, and must not come back as it is
      return true;
    }
    // Its first answer, or the old bytes drawn anew, are on their way: they would come
    // after what is read now.
    if (tile.state === 'loading' || tile.state === 'reloading') return false;
    await manager._reloadTile(key, 'expired');
    return tile.state !== 'errored';
  }
}
