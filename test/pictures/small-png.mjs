/** Writes pictures of pages as PNG with a palette: a third of the size that a browser writes. */
import { crc32, deflateSync } from 'node:zlib';

const MOST_COLORS = 256;
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * The most frequent colours as they are, each other colour as the nearest of them: https://www.w3.org/TR/png-3/
 * @param {Buffer} rgba four bytes for each pixel
 */
export function smallPng(rgba, width, height) {
  const counts = new Map();
  for (let at = 0; at < rgba.length; at += 4) {
    const color = colorAt(rgba, at);
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  const palette = [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, MOST_COLORS)
    .map(([color]) => color);
  const indexes = new Map([...counts.keys()].map((color) => [color, nearest(palette, color)]));
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    // The first byte of a row is its filter: none.
    for (let x = 0; x < width; x += 1)
      rows[y * (width + 1) + 1 + x] = indexes.get(colorAt(rgba, (y * width + x) * 4));
  }
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 3, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap(channels))),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function colorAt(rgba, at) {
  return rgba.readUIntBE(at, 3);
}

function channels(color) {
  return [color >> 16, (color >> 8) & 255, color & 255];
}

function nearest(palette, color) {
  const own = channels(color);
  let best = 0;
  let least = Infinity;
  for (const [index, other] of palette.entries()) {
    const distance = channels(other).reduce((sum, value, at) => sum + (value - own[at]) ** 2, 0);
    if (distance >= least) continue;
    least = distance;
    best = index;
  }
  return best;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
