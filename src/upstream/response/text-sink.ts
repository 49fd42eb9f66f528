import { isAscii, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { type GatewayError } from '../../errors/gateway-error.js';
import { type AnswerSink } from './answer-source.js';

const NOTHING = Buffer.alloc(0);
/** Double-byte charsets, in which two bytes are often valid UTF-8 by chance. */
const DOUBLE_BYTE = /^(?:gbk|gb18030|big5|euc-jp|euc-kr|shift_jis)$/;
/** Charsets in which ASCII bytes do not always mean ASCII. */
const NOT_ASCII = /^(?:iso-2022-jp|utf-16)/;

/**
 * Passes the text of a response on as UTF-8 without a byte order mark, whatever its charset was.
 * Bytes that are UTF-8 pass unchanged, even if the header names another charset: many services send
 * UTF-8 under an old default label.
 */
export class TextSink implements AnswerSink {
  #passes = false;
  #hasBegun = false;
  #held: Buffer = NOTHING;
  #decoder: TextDecoder | undefined;

  /** @param charset from the header, unless it is UTF-8 */
  constructor(
    private readonly sink: AnswerSink,
    private readonly charset: TextDecoder | undefined,
  ) {}

  onData(chunk: Buffer): boolean {
    if (this.#passes) return this.sink.onData(chunk);
    if (this.#decoder !== undefined) return this.#hand(chunk, true);
    return this.#judge(this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]), false);
  }

  onEnd(): void {
    if (this.#held.length > 0) this.#judge(this.#held, true);
    if (this.#decoder !== undefined) this.#hand(NOTHING, false);
    this.sink.onEnd();
  }

  onError(error: GatewayError): void {
    this.sink.onError(error);
  }

  #judge(bytes: Buffer, isEnd: boolean): boolean {
    this.#held = NOTHING;
    let text = bytes;
    if (!this.#hasBegun) {
      const mark = markOf(bytes);
      if (mark === undefined && !isEnd) return this.#hold(bytes);
      this.#hasBegun = true;
      if (mark === 'utf-8') return this.#pass(bytes.subarray(3));
      if (mark !== 'none' && mark !== undefined) return this.#decode(new TextDecoder(mark), bytes);
    }
    const { charset } = this;
    if (charset === undefined) return this.#pass(bytes);
    if (NOT_ASCII.test(charset.encoding)) {
      const isPlain = charset.encoding !== 'iso-2022-jp' && !bytes.includes(0);
      return isPlain ? this.#pass(bytes) : this.#decode(charset, bytes);
    }
    const first = firstBeyondAscii(bytes);
    if (first === bytes.length) return this.sink.onData(bytes);
    const isUtf8Text = isMeantAsUtf8(bytes, charset.encoding, isEnd);
    if (isUtf8Text === undefined) {
      // The ASCII text before the first other byte is certain.
      text = bytes.subarray(first);
      const isTaken = first === 0 || this.sink.onData(bytes.subarray(0, first));
      this.#held = Buffer.from(text);
      return isTaken;
    }
    return isUtf8Text ? this.#pass(bytes) : this.#decode(charset, bytes);
  }

  #hold(bytes: Buffer): boolean {
    this.#held = bytes;
    return true;
  }

  #pass(bytes: Buffer): boolean {
    this.#passes = true;
    return bytes.length === 0 || this.sink.onData(bytes);
  }

  #decode(decoder: TextDecoder, bytes: Buffer): boolean {
    this.#decoder = decoder;
    return this.#hand(bytes, true);
  }

  #hand(chunk: Buffer, stream: boolean): boolean {
    const text = this.#decoder!.decode(chunk, { stream });
    return text === '' || this.sink.onData(Buffer.from(text));
  }
}

/** The byte order mark at the start; undefined while there are too few bytes to decide. */
function markOf(bytes: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' | 'none' | undefined {
  const [first, second, third] = bytes;
  if (first === undefined) return undefined;
  if (first === 0xef) {
    if (second === undefined) return undefined;
    if (second !== 0xbb) return 'none';
    if (third === undefined) return undefined;
    return third === 0xbf ? 'utf-8' : 'none';
  }
  if (first === 0xfe || first === 0xff) {
    if (second === undefined) return undefined;
    if (first === 0xfe && second === 0xff) return 'utf-16be';
    if (first === 0xff && second === 0xfe) return 'utf-16le';
  }
  return 'none';
}

/** @returns undefined while there are too few bytes to decide */
function isMeantAsUtf8(bytes: Buffer, charset: string, isEnd: boolean): boolean | undefined {
  const whole = isEnd ? bytes : bytes.subarray(0, endOfCharacters(bytes));
  if (!isUtf8(whole)) return false;
  if (isAscii(whole)) return undefined;
  return !DOUBLE_BYTE.test(charset) || whole.some((byte) => byte >= 0xe0);
}

/** The end of the last complete UTF-8 character. */
function endOfCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return bytes.length;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function firstBeyondAscii(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length && bytes[at]! < 0x80) at++;
  return at;
}
