// Writes small shapefiles byte by byte, in any coordinate system and encoding, as
// offices send them.

export interface Row {
  ring: [number, number][]; // metres, closed, clockwise
  cells: Uint8Array[];
}

export interface Part {
  name: string;
  bytes: Buffer;
}

const width = 40; // of every column

// tcvn3 are the bytes of a text in the old Vietnamese encoding, as far as tests need.
export function tcvn3(text: string): Uint8Array {
  const letters: Record<string, number> = { Đ: 0xa7, ư: 0xad, ờ: 0xea, ầ: 0xc7, ú: 0xf3, ộ: 0xe9, â: 0xa9, ễ: 0xd4, ồ: 0xe5, ô: 0xab };
  return Uint8Array.from([...text.normalize('NFC')].map((c) => letters[c] ?? plain(c)));
}

function plain(c: string): number {
  const code = c.charCodeAt(0);
  if (code > 127) throw new Error(`no byte for ${c}`);
  return code;
}

// shapefile gives the members of a shapefile; prj '' leaves it out.
export function shapefile(name: string, prj: string, columns: string[], rows: Row[]): Part[] {
  const bodies = rows.map((r) => {
    const xs = r.ring.map((p) => p[0]);
    const ys = r.ring.map((p) => p[1]);
    const b = Buffer.alloc(48 + 16 * r.ring.length);
    b.writeInt32LE(5, 0);
    [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)].forEach((v, i) => b.writeDoubleLE(v, 4 + 8 * i));
    b.writeInt32LE(1, 36);
    b.writeInt32LE(r.ring.length, 40);
    b.writeInt32LE(0, 44);
    r.ring.forEach(([x, y], i) => (b.writeDoubleLE(x, 48 + 16 * i), b.writeDoubleLE(y, 56 + 16 * i)));
    return b;
  });
  const all = rows.flatMap((r) => r.ring);
  const head = (size: number): Buffer => {
    const b = Buffer.alloc(100);
    b.writeInt32BE(9994, 0);
    b.writeInt32BE(50 + size / 2, 24);
    b.writeInt32LE(1000, 28);
    b.writeInt32LE(5, 32);
    [Math.min(...all.map((p) => p[0])), Math.min(...all.map((p) => p[1])), Math.max(...all.map((p) => p[0])), Math.max(...all.map((p) => p[1]))].forEach((v, i) => b.writeDoubleLE(v, 36 + 8 * i));
    return b;
  };
  const shp: Buffer[] = [];
  const shx: Buffer[] = [];
  let at = 50;
  bodies.forEach((body, i) => {
    const h = Buffer.alloc(8);
    h.writeInt32BE(i + 1, 0);
    h.writeInt32BE(body.length / 2, 4);
    shp.push(h, body);
    const x = Buffer.alloc(8);
    x.writeInt32BE(at, 0);
    x.writeInt32BE(body.length / 2, 4);
    shx.push(x);
    at += 4 + body.length / 2;
  });
  const [main, index] = [Buffer.concat(shp), Buffer.concat(shx)];

  const dbf = Buffer.alloc(33 + 32 * columns.length);
  dbf.set([3, 126, 1, 1], 0);
  dbf.writeInt32LE(rows.length, 4);
  dbf.writeInt16LE(33 + 32 * columns.length, 8);
  dbf.writeInt16LE(1 + width * columns.length, 10);
  columns.forEach((c, i) => {
    dbf.write(c, 32 + 32 * i, 10, 'latin1');
    dbf.write('C', 32 + 32 * i + 11, 'latin1');
    dbf[32 + 32 * i + 16] = width;
  });
  dbf[32 + 32 * columns.length] = 13;
  const cells = rows.map((r) => {
    const b = Buffer.alloc(1 + width * columns.length, 32);
    r.cells.forEach((c, i) => b.set(c, 1 + width * i));
    return b;
  });
  const parts: Part[] = [
    { name: `${name}.shp`, bytes: Buffer.concat([head(main.length), main]) },
    { name: `${name}.shx`, bytes: Buffer.concat([head(index.length), index]) },
    { name: `${name}.dbf`, bytes: Buffer.concat([dbf, ...cells, Buffer.from([26])]) },
  ];
  if (prj) parts.push({ name: `${name}.prj`, bytes: Buffer.from(prj) });
  return parts;
}

// vn2000 is the .prj of a TM-3 zone, by its central meridian.
export function vn2000(meridian: number): string {
  return `PROJCS["VN-2000",GEOGCS["VN-2000",DATUM["Vietnam_2000",SPHEROID["WGS 84",6378137,298.257223563],TOWGS84[-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",${meridian}],PARAMETER["scale_factor",0.9999],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1]]`;
}

// square is a plot of so many metres, from its south-west corner.
export function square(east: number, north: number, side: number): [number, number][] {
  return [[east, north], [east, north + side], [east + side, north + side], [east + side, north], [east, north]];
}
