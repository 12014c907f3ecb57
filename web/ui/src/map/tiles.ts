// Which tiles cover a box. Pure.

export interface TileID {
  z: number;
  x: number;
  y: number;
}

export type Box = [west: number, south: number, east: number, north: number];

// covering lists the tiles of one zoom that a box touches; null where they are more
// than most.
export function covering(box: Box, z: number, most: number): TileID[] | null {
  const n = 2 ** z;
  const clamp = (v: number): number => Math.min(n - 1, Math.max(0, Math.floor(v)));
  const x = (lon: number): number => ((lon + 180) / 360) * n;
  const y = (lat: number): number => {
    const s = Math.sin((Math.max(-85.0511, Math.min(85.0511, lat)) * Math.PI) / 180);
    return (0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI)) * n;
  };
  // A shape reaches a little into its neighbours' buffers.
  const pad = 1 / 64;
  const [x0, x1] = [clamp(x(box[0]) - pad), clamp(x(box[2]) + pad)];
  const [y0, y1] = [clamp(y(box[3]) - pad), clamp(y(box[1]) + pad)];
  if ((x1 - x0 + 1) * (y1 - y0 + 1) > most) return null;
  const out: TileID[] = [];
  for (let i = x0; i <= x1; i++) for (let j = y0; j <= y1; j++) out.push({ z, x: i, y: j });
  return out;
}
