export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** The size of an image is in its first bytes, except in a JPEG with long metadata. */
const HEAD_LENGTH = 65_536;

/**
 * The number of pixels of a PNG, GIF, WebP or JPEG.
 * @param data in base64
 * @returns undefined for other or broken images
 */
export function imageSize(data: string): ImageSize | undefined {
  const head = Buffer.from(data.slice(0, HEAD_LENGTH), 'base64');
  const word = (start: number, end: number): string => head.toString('latin1', start, end);
  if (word(1, 4) === 'PNG' && head.length >= 24)
    return { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
  if (word(0, 3) === 'GIF' && head.length >= 10)
    return { width: head.readUInt16LE(6), height: head.readUInt16LE(8) };
  if (word(0, 4) === 'RIFF' && head.length >= 30) return webpSize(head, word(12, 16));
  return head.length >= 2 && head.readUInt16BE(0) === 0xff_d8 ? jpegSize(head) : undefined;
}

/** https://developers.google.com/speed/webp/docs/riff_container */
function webpSize(head: Buffer, format: string): ImageSize | undefined {
  switch (format) {
    case 'VP8X':
      return { width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 };
    case 'VP8L': {
      const bits = head.readUInt32LE(21);
      return { width: (bits & 0x3f_ff) + 1, height: ((bits >>> 14) & 0x3f_ff) + 1 };
    }
    case 'VP8 ':
      return { width: head.readUInt16LE(26) & 0x3f_ff, height: head.readUInt16LE(28) & 0x3f_ff };
    default:
      return undefined;
  }
}

/**
 * Reads the frame header: markers C0 to CF except C4, C8 and CC.
 * https://www.w3.org/Graphics/JPEG/itu-t81.pdf
 */
function jpegSize(head: Buffer): ImageSize | undefined {
  let at = 2;
  while (at + 9 <= head.length && head[at] === 0xff) {
    const marker = head[at + 1]!;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { width: head.readUInt16BE(at + 7), height: head.readUInt16BE(at + 5) };
    at += 2 + head.readUInt16BE(at + 2);
  }
  return undefined;
}
