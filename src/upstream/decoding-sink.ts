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

/**
 * Unpacks a compressed answer on its way to its taker. The gateway asks for none, but some proxies compress all the
 * same; callers get plain bytes, each event as soon as it can be read.
 */
export class DecodingSink implements AnswerSink {
  #isOver = false;

  private constructor(
    private readonly sink: AnswerSink,
    private readonly decoder: Decoder,
    /** Lets more bytes come once the decoder has room. */
    onRoom: () => void,
  ) {
    decoder.on('data', (chunk: Buffer) => {
      if (!this.#isOver && !sink.onData(chunk)) decoder.pause();
    });
    decoder.on('drain', onRoom);
    decoder.once('end', () => this.#finish(() => sink.onEnd()));
    decoder.once('error', (cause) =>
      this.onError(
        new UpstreamError('upstream_invalid_response', "The upstream's answer cannot be decompressed.", {
          cause,
        }),
      ),
    );
  }

  /** @returns undefined for an answer that is not compressed, or in a way that nobody here reads */
  static for(encoding: string | undefined, sink: AnswerSink, onRoom: () => void): DecodingSink | undefined {
    const decoder = decoderOf(encoding);
    return decoder === undefined ? undefined : new DecodingSink(sink, decoder, onRoom);
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

  #finish(tell: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    tell();
  }
}

function decoderOf(encoding: string | undefined): Decoder | undefined {
  switch (encoding?.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip(ZLIB);
    case 'deflate':
      return createInflate(ZLIB);
    case 'br':
      return createBrotliDecompress(BROTLI);
    default:
      return undefined;
  }
}
