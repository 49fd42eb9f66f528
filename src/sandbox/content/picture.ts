import { crc32, deflateSync } from 'node:zlib';
import { seededRandom } from '../faults/seeded-random.js';
import { hashOf } from './embedding-vector.js';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const CELLS = 8;
const BACKGROUND = [0xf4, 0xf4, 0xf2] as const;

/**
 * A PNG image of a few hundred bytes at any size: a pattern in one colour, always the same for the
 * same words. Format: https://www.w3.org/TR/png-3/
 */
export function drawPicture(words: string, width: number, height: number): Buffer {
  const random = seededRandom(hashOf(words));
  const colour = [0, 1, 2].map(() => 40 + Math.floor(random() * 160));
  // The right half mirrors the left one, so that the pattern looks like a figure.
  const filled = Array.from({ length: CELLS }, () => {
    const half = Array.from({ length: CELLS / 2 }, () => random() < 0.5);
    return [...half, ...half.toReversed()];
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // One bit per pixel, from a palette of two colours.
  header.set([1, 3, 0, 0, 0], 8);
  const rowBytes = 1 + Math.ceil(width / 8);
  const rows = Buffer.alloc(rowBytes * height);
  for (let y = 0; y < height; y += 1) {
    const cells = filled[Math.floor((y * CELLS) / height)]!;
    for (let x = 0; x < width; x += 1) {
      if (cells[Math.floor((x * CELLS) / width)]) rows[y * rowBytes + 1 + (x >> 3)]! |= 0x80 >> (x & 7);
    }
  }
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from([...BACKGROUND, ...colour])),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
