// Reads a PMTiles archive with the library that maps read it with, from a file or over
// HTTP by ranges, and prints what it found as JSON: header, metadata, and the SHA-256 of
// each tile asked for as z/x/y ("-" where there is none). Tests hold that against ours.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { FetchSource, PMTiles } from 'pmtiles';

class FileSource {
  constructor(path, file) {
    this.path = path;
    this.file = file;
  }
  getKey() {
    return this.path;
  }
  async getBytes(offset, length) {
    const { buffer, bytesRead } = await this.file.read(Buffer.alloc(length), 0, length, offset);
    return { data: buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + bytesRead) };
  }
}

const [where, ...asked] = process.argv.slice(2);
const source = /^https?:/.test(where) ? new FetchSource(where) : new FileSource(where, await open(where));
const archive = new PMTiles(source);
const tiles = {};
for (const name of asked) {
  const tile = await archive.getZxy(...name.split('/').map(Number));
  tiles[name] = tile ? createHash('sha256').update(Buffer.from(tile.data)).digest('hex') : '-';
}
console.log(JSON.stringify({ header: await archive.getHeader(), metadata: await archive.getMetadata(), tiles }));
await source.file?.close();
