// Which tiles lie on some ground. Pure.

export interface TileID {
  z: number;
  x: number;
  y: number;
}

export type Box = [west: number, south: number, east: number, north: number];

// Shapes reach a little into their neighbours' tiles, and are rounded to a unit there.
const reach = 1 / 64 + 1 / 4096;

// touches says whether what stands in a box can be on a tile.
export function touches(box: Box, t: TileID): boolean {
  const n = 2 ** t.z;
  const x = (lon: number): number => ((lon + 180) / 360) * n;
  const y = (lat: number): number => {
    const s = Math.sin((Math.max(-85.0511, Math.min(85.0511, lat)) * Math.PI) / 180);
    return (0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI)) * n;
  };
  return x(box[0]) <= t.x + 1 + reach && x(box[2]) >= t.x - reach && y(box[3]) <= t.y + 1 + reach && y(box[1]) >= t.y - reach;
}
