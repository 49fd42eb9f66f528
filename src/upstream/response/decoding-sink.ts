import * as zlib from 'node:zlib';
import { type Transform } from 'node:stream';
import { type GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { type AnswerSink } from './answer-source.js';

const ZLIB = { flush: zlib.constants.Z_SYNC_FLUSH };
const BROTLI = { flush: zlib.constants.BROTLI_OPERATION_FLUSH };
/** Enough bytes to see whether a body has the encoding that its header claims. */
const HEAD_BYTES = 8;
/** The same limit as curl's; more indicate an attack. */
const MAX_CODINGS = 5;
const MAX_NAMES = 20;
const ZSTD_MAGIC = 0xfd2fb528;
const NOTHING = Buffer.alloc(0);
/** The first characters of JSON, markup and event streams. */
const TEXT = /^\s*(?:[[{<:]|data:|event:|id:|retry:)[\t\n\r\x20-\x7e]*$/;

/** Chooses a decoder by the first bytes of a body; undefined for a body that is not encoded. */
type DecoderChoice = (head: Buffer) => Transform | undefined;

const gzip: DecoderChoice = (head) =>
  head[0] === 0x1f && head[1] === 0x8b ? zlib.createGunzip(ZLIB) : undefined;

/** Node supports zstd since version 22.15. */
const zstd: DecoderChoice = (head) => {
  if (head.length < 4 || head.readUInt32LE(0) !== ZSTD_MAGIC) return undefined;
  const create = (zlib as { createZstdDecompress?: () => Transform }).createZstdDecompress;
  if (create === undefined) throw unreadable('zstd');
  return create();
};

const compress: DecoderChoice = (head) => {
  if (head[0] === 0x1f && head[1] === 0x9d) throw unreadable('compress');
  return undefined;
};

/**
 * https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1 (`deflate` is the zlib format; many services
 * send raw deflate).
 */
const CODINGS: Readonly<Record<string, DecoderChoice>> = {
  gzip,
  'x-gzip': gzip,
  deflate: (head) => {
    if (isText(head)) return undefined;
    const isZlib = (head[0]! & 0x0f) === 8 && head.length > 1 && head.readUInt16BE(0) % 31 === 0;
    return isZlib ? zlib.createInflate(ZLIB) : zlib.createInflateRaw(ZLIB);
  },
  br: (head) => (isText(head) ? undefined : zlib.createBrotliDecompress(BROTLI)),
  zstd,
  compress,
  'x-compress': compress,
};

/** The source of the encoded bytes. */
interface CodedSource {
  /** There is room: lets more bytes arrive. */
  resume(): void;
  /** The sink has thrown an error on decoded bytes. */
  broke(error: unknown): void;
}

/**
 * Decodes a compressed response on its way to its sink. The gateway requests no compression, but
 * some proxies compress all the same. Clients get plain bytes, and each event as soon as it can be
 * decoded. A body that is not encoded as its header claims passes unchanged.
 */
export class DecodingSink implements AnswerSink {
  #isOver = false;
  #passes = false;
  #head: Buffer = NOTHING;
  #decoder: Transform | undefined;

  private constructor(
    private readonly sink: AnswerSink,
    private readonly choice: DecoderChoice,
    private source: CodedSource,
  ) {}

  /**
   * @param encoding `content-encoding`, a list whose last coding was applied last; unknown words,
   * which some services send, are ignored
   * @returns the outermost sink, to write to, and the innermost, to resume; undefined if nothing is
   * encoded
   * @throws UpstreamError for too many codings
   */
  static for(
    encoding: string | undefined,
    sink: AnswerSink,
    source: CodedSource,
  ): { readonly outermost: DecodingSink; readonly innermost: DecodingSink } | undefined {
    if (encoding === undefined || encoding === '') return undefined;
    const names = encoding.split(',', MAX_NAMES).map((name) => name.trim().toLowerCase());
    const codings = names.filter((name) => Object.hasOwn(CODINGS, name));
    if (codings.length > MAX_CODINGS) throw unreadable(codings.join(', '));
    let innermost: DecodingSink | undefined;
    let outermost: DecodingSink | undefined;
    for (const name of codings) {
      const made: DecodingSink = new DecodingSink(outermost ?? sink, CODINGS[name]!, source);
      if (outermost !== undefined) outermost.source = made;
      outermost = made;
      innermost ??= made;
    }
    return innermost === undefined ? undefined : { outermost: outermost!, innermost };
  }

  /** Whether the end was reported to the sink; the encoded bytes may have ended long before. */
  get isOver(): boolean {
    return this.#isOver;
  }

  onData(chunk: Buffer): boolean {
    if (this.#isOver) return true;
    if (this.#decoder !== undefined) return this.#decoder.write(chunk);
    if (this.#passes) return this.#hand(chunk);
    const head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    this.#head = NOTHING;
    if (head.length >= HEAD_BYTES) return this.#begin(head);
    this.#head = head;
    return true;
  }

  onEnd(): void {
    if (this.#head.length > 0) this.#begin(this.#head);
    if (this.#decoder !== undefined) this.#decoder.end();
    else this.#finish(() => this.#endSink());
  }

  onError(error: GatewayError): void {
    this.#finish(() => this.sink.onError(error));
    this.#decoder?.destroy();
  }

  resume(): void {
    if (this.#decoder === undefined) this.source.resume();
    else this.#decoder.resume();
  }

  broke(error: unknown): void {
    this.source.broke(error);
  }

  #begin(head: Buffer): boolean {
    const decoder = this.choice(head);
    if (decoder === undefined) {
      this.#passes = true;
      return this.#hand(head);
    }
    this.#decoder = decoder;
    decoder.on('data', (chunk: Buffer) => {
      if (!this.#isOver && !this.#hand(chunk)) decoder.pause();
    });
    decoder.on('drain', () => this.source.resume());
    decoder.once('end', () => this.#finish(() => this.#endSink()));
    decoder.once('error', (cause) => {
      const message = "The upstream's response cannot be decompressed.";
      this.onError(new UpstreamError('upstream_invalid_response', message, { cause }));
    });
    return decoder.write(head);
  }

  /**
   * Runs outside undici and every promise, where an uncaught exception of the sink would end the
   * process.
   */
  #hand(chunk: Buffer): boolean {
    try {
      return this.sink.onData(chunk);
    } catch (error) {
      this.source.broke(error);
      return true;
    }
  }

  #endSink(): void {
    try {
      this.sink.onEnd();
    } catch (error) {
      this.#isOver = false;
      this.source.broke(error);
    }
  }

  #finish(report: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    report();
  }
}

function isText(head: Buffer): boolean {
  return TEXT.test(head.subarray(0, HEAD_BYTES).toString('latin1'));
}

function unreadable(coding: string): UpstreamError {
  return new UpstreamError(
    'upstream_invalid_response',
    "The upstream's response is compressed in a way that the gateway neither asked for nor can read " +
      `(${coding}).`,
  );
}
