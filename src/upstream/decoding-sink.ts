import {
  type BrotliDecompress,
  type Gunzip,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
} from 'node:zlib';
import { UpstreamError } from '../errors/upstream-errors.js';
import { type GatewayError } from '../errors/gateway-error.js';
import { type AnswerSink } from './answer-sink.js';

type Decoder = Gunzip | BrotliDecompress;

const ZLIB = { flush: constants.Z_SYNC_FLUSH };
const BROTLI = { flush: constants.BROTLI_OPERATION_FLUSH };

/** Where the packed bytes come from. */
interface UnpackedExchange {
  /** Lets more of them come: there is room. */
  resume(): void;
  /** Our own side failed on what was unpacked. */
  broke(error: unknown): void;
}

/**
 * Unpacks a compressed answer on its way to its taker. The gateway asks for none, but some proxies compress all the
 * same; callers get plain bytes, each event as soon as it can be read.
 */
export class DecodingSink implements AnswerSink {
  #isOver = false;

  private constructor(
    private readonly sink: AnswerSink,
    private readonly decoder: Decoder,
    private readonly exchange: UnpackedExchange,
  ) {
    decoder.on('data', (chunk: Buffer) => {
      if (!this.#isOver && !this.#hand(chunk)) decoder.pause();
    });
    decoder.on('drain', () => exchange.resume());
    decoder.once('end', () => this.#finish(() => this.#endSink()));
    decoder.once('error', (cause) =>
      this.onError(
        new UpstreamError('upstream_invalid_response', "The upstream's answer cannot be decompressed.", {
          cause,
        }),
      ),
    );
  }

  /** @returns undefined for an answer that is not compressed, or in a way that nobody here reads */
  static for(
    encoding: string | undefined,
    sink: AnswerSink,
    exchange: UnpackedExchange,
  ): DecodingSink | undefined {
    const decoder = decoderOf(encoding);
    return decoder === undefined ? undefined : new DecodingSink(sink, decoder, exchange);
  }

  /** The taker has been told the end; the packed bytes may have ended long before. */
  get isOver(): boolean {
    return this.#isOver;
  }

  onData(chunk: Buffer): boolean {
    return this.#isOver || this.decoder.write(chunk);
  }

  onEnd(): void {
    this.decoder.end();
  }

  onError(error: GatewayError): void {
    this.#finish(() => this.sink.onError(error));
    this.decoder.destroy();
  }

  resume(): void {
    this.decoder.resume();
  }

  /** Outside of undici and of every promise: an exception of ours would end the process. */
  #hand(chunk: Buffer): boolean {
    try {
      return this.sink.onData(chunk);
    } catch (error) {
      this.exchange.broke(error);
      return true;
    }
  }

  #endSink(): void {
    try {
      this.sink.onEnd();
    } catch (error) {
      this.#isOver = false;
      this.exchange.broke(error);
    }
  }

  #finish(tell: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    tell();
  }
}

const DECODERS: Readonly<Record<string, () => Decoder>> = {
  gzip: () => createGunzip(ZLIB),
  'x-gzip': () => createGunzip(ZLIB),
  deflate: () => createInflate(ZLIB),
  br: () => createBrotliDecompress(BROTLI),
};

/** @returns undefined for what is not compressed, or in a way that nobody here reads */
export function decoderOf(encoding: string | undefined): Decoder | undefined {
  const name = nameOf(encoding);
  return Object.hasOwn(DECODERS, name) ? DECODERS[name]!() : undefined;
}

/** Whether an answer is compressed in a way that nobody here reads. */
export function isUnreadable(encoding: string | undefined): boolean {
  const name = nameOf(encoding);
  return name !== '' && name !== 'identity' && !Object.hasOwn(DECODERS, name);
}

function nameOf(encoding: string | undefined): string {
  return encoding === undefined ? '' : encoding.trim().toLowerCase();
}
