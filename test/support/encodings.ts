/** 你好，世界 in the charsets that Chinese services still use. */
export const GREETING = '你好，世界';
const GREETING_GBK = Buffer.from('c4e3bac3a3accac0bde7', 'hex');

/** A text with the greeting in it, in GBK. */
export function gbk(text: string): Buffer {
  const [before, ...others] = text.split(GREETING);
  return Buffer.concat(
    others.reduce<Buffer[]>(
      (parts, other) => [...parts, GREETING_GBK, Buffer.from(other)],
      [Buffer.from(before!)],
    ),
  );
}

export function utf16(text: string, isBigEndian = false): Buffer {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return isBigEndian ? bytes.swap16() : bytes;
}
