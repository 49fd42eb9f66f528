/** Silence in the formats that need an encoder: a valid file of the length that a sound has. */

/** MPEG-1 Layer III, 128 kbit/s, 44.1 kHz, mono; zeros decode to silence. */
export function silentMp3(seconds: number): Buffer {
  const frame = Buffer.alloc(417);
  frame.set([0xff, 0xfb, 0x90, 0xc4]);
  return repeated(frame, (seconds * 44_100) / 1152);
}

/** AAC-LC, 24 kHz, mono, in ADTS frames. Format: https://wiki.multimedia.cx/index.php/ADTS */
export function silentAac(seconds: number): Buffer {
  const silence = [0x00, 0xc8, 0x00, 0x80, 0x23, 0x80];
  const length = 7 + silence.length;
  const head = [
    0xff,
    0xf1,
    0x58,
    0x40 | (length >> 11),
    (length >> 3) & 0xff,
    ((length & 7) << 5) | 0x1f,
    0xfc,
  ];
  return repeated(Buffer.from([...head, ...silence]), (seconds * 24_000) / 1024);
}

/** Opus in Ogg. Formats: RFC 7845 and RFC 3533. */
export function silentOpus(seconds: number): Buffer {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 0, 'latin1');
  head.set([1, 1], 8);
  head.writeUInt32LE(24_000, 12);
  const vendor = 'sandbox';
  const tags = Buffer.alloc(16 + vendor.length);
  tags.write('OpusTags', 0, 'latin1');
  tags.writeUInt32LE(vendor.length, 8);
  tags.write(vendor, 12, 'latin1');
  const pages = [oggPage([head], 0, 0, OGG_FIRST), oggPage([tags], 0, 1, 0)];
  // Packets of 20 milliseconds, 50 per page.
  const packet = Buffer.from([0xf8, 0xff, 0xfe]);
  const count = Math.max(1, Math.ceil(seconds * 50));
  for (let sent = 0; sent < count;) {
    const here = Math.min(50, count - sent);
    sent += here;
    const packets = Array.from({ length: here }, () => packet);
    pages.push(oggPage(packets, sent * 960, pages.length, sent === count ? OGG_LAST : 0));
  }
  return Buffer.concat(pages);
}

/** FLAC, 24 kHz, mono, 16 bits. Format: RFC 9639. */
export function silentFlac(seconds: number): Buffer {
  const blockSize = 4096;
  const count = Math.max(1, Math.ceil((seconds * 24_000) / blockSize));
  const info = Buffer.alloc(4 + 34);
  info.set([0x80, 0, 0, 34]);
  info.writeUInt16BE(blockSize, 4);
  info.writeUInt16BE(blockSize, 6);
  // 20 bits for the rate, 3 for channels minus one, 5 for bits per sample minus one, 36 for
  // samples.
  info.writeUInt32BE(((24_000 << 12) | (15 << 4)) >>> 0, 14);
  info.writeUInt32BE(count * blockSize, 18);
  const frames = Array.from({ length: count }, (_, number) => {
    // The frame number is encoded like a UTF-8 character.
    const head = Buffer.from([0xff, 0xf8, 0xc7, 0x08, ...Buffer.from(String.fromCodePoint(number))]);
    const body = Buffer.concat([head, Buffer.from([checksum(head, 8, 0x07), 0x00, 0x00, 0x00])]);
    const end = Buffer.alloc(2);
    end.writeUInt16BE(checksum(body, 16, 0x8005));
    return Buffer.concat([body, end]);
  });
  return Buffer.concat([Buffer.from('fLaC', 'latin1'), info, ...frames]);
}

const OGG_FIRST = 2;
const OGG_LAST = 4;

function oggPage(packets: readonly Buffer[], granule: number, sequence: number, flags: number): Buffer {
  const head = Buffer.alloc(27 + packets.length);
  head.write('OggS', 0, 'latin1');
  head[5] = flags;
  head.writeBigUInt64LE(BigInt(granule), 6);
  head.writeUInt32LE(1, 14);
  head.writeUInt32LE(sequence, 18);
  head[26] = packets.length;
  for (const [index, { length }] of packets.entries()) head[27 + index] = length;
  const page = Buffer.concat([head, ...packets]);
  page.writeUInt32LE(checksum(page, 32, 0x04c11db7), 22);
  return page;
}

/** A checksum by polynomial division, most significant bit first, starting from zero. */
function checksum(bytes: Buffer, bits: 8 | 16 | 32, polynomial: number): number {
  const [top, mask] = [2 ** (bits - 1), 2 ** bits - 1];
  let rest = 0;
  for (const byte of bytes) {
    rest = (rest ^ (byte << (bits - 8))) >>> 0;
    for (let bit = 0; bit < 8; bit += 1) {
      const isOver = (rest & top) !== 0;
      rest = ((rest << 1) & mask) >>> 0;
      if (isOver) rest = (rest ^ polynomial) >>> 0;
    }
  }
  return rest;
}

function repeated(frame: Buffer, times: number): Buffer {
  return Buffer.concat(Array.from({ length: Math.max(1, Math.ceil(times)) }, () => frame));
}
