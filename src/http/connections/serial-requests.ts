import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { ByteCollector } from '../../protocol/byte-collector.js';

/** llhttp's error number for a callback that asks the parser to pause (`HPE_PAUSED`). */
const PAUSE = 21;
/**
 * How much to read from a client whose next request waits, in bytes; reading detects a disconnect.
 */
const READ_AHEAD_BYTES = 64 * 1024;

/** A parse error as Node reports it. */
export interface HttpParseError extends Error {
  readonly code?: string;
  /** Number of bytes of `rawPacket` that were parsed. */
  readonly bytesParsed?: number;
  readonly rawPacket?: Buffer;
}

/** Properties that Node adds to the sockets of its HTTP server; its types omit them. */
export interface HttpSocket extends Socket {
  /** The response that is using the socket; null or undefined between two responses. */
  readonly _httpMessage?: (ServerResponse & { readonly endsWithClient?: boolean }) | null;
  /** Whether reading from this socket is paused. */
  _paused?: boolean;
  readonly parser?: HttpParser | null;
  readonly _handle?: { readonly bytesWritten: number; readonly writeQueueSize: number } | null;
}

interface HttpParser {
  onIncoming: ((request: IncomingMessage, shouldKeepAlive: boolean) => number) | null;
  readonly incoming: { readonly upgrade?: boolean } | null;
  resume(): void;
  execute(bytes: Buffer): number | HttpParseError;
}

interface HeldRequest {
  readonly request: IncomingMessage;
  readonly shouldKeepAlive: boolean;
}

/**
 * Makes a connection handle one request at a time. Node starts all pipelined requests at once and
 * holds their responses until it is their turn: a client that sent 1,000 requests for a file in 51
 * KB and read nothing was measured to hold 1,000 descriptors and 140 MB. Here, the parser pauses
 * after the head of a second request until the first response has been sent, and little more is
 * read meanwhile.
 */
export class SerialRequests {
  readonly #incoming: (request: IncomingMessage, shouldKeepAlive: boolean) => number;
  readonly #parser: HttpParser;
  /** Node's own listener for the client's last byte. */
  readonly #onEnd: () => void;
  #held: HeldRequest | undefined;
  /** The bytes after the head of the held request, from the same packet and later ones. */
  #rest: Buffer | undefined;
  #later: ByteCollector | undefined;
  #isPaused = false;
  /** Whether the client has sent its last byte while a request was held. */
  #hasEnded = false;

  constructor(
    private readonly socket: HttpSocket,
    private readonly server: Server,
  ) {
    const parser = socket.parser!;
    this.#parser = parser;
    this.#incoming = parser.onIncoming!;
    parser.onIncoming = (request, shouldKeepAlive) => {
      const { _httpMessage: response } = socket;
      // CONNECT ends HTTP on this connection, so no request would follow.
      if (response === null || response === undefined || request.method === 'CONNECT')
        return this.#incoming(request, shouldKeepAlive);
      this.#held = { request, shouldKeepAlive };
      // Each request is released in a turn of the event loop of its own, because a long pipeline
      // released in one turn would starve other clients.
      response.once('close', () => setImmediate(() => this.#release()));
      return PAUSE;
    };
    this.#onEnd = socket.listeners('end').at(-1) as () => void;
    socket.off('end', this.#onEnd).on('end', () => this.#end());
  }

  /** Whether a request waits for the response to the previous one. */
  get isHolding(): boolean {
    return this.#held !== undefined;
  }

  /**
   * Keeps the bytes after the held request.
   * @param error the pause, as Node reports it
   */
  pause({ rawPacket, bytesParsed }: HttpParseError): void {
    // A parser that is already paused consumes nothing, and reports a position in earlier input.
    if (this.#rest === undefined) this.#rest = rawPacket!.subarray(bytesParsed);
    else (this.#later ??= new ByteCollector()).append(rawPacket!);
    const isMuch = this.#rest.length + (this.#later?.length ?? 0) >= READ_AHEAD_BYTES;
    if (isMuch !== this.#isPaused) this.#setPaused(isMuch);
  }

  #setPaused(isPaused: boolean): void {
    const { socket } = this;
    this.#isPaused = isPaused;
    if (isPaused) {
      // Node clears its own pause whenever written bytes have drained; this pause ends with the
      // response.
      Object.defineProperty(socket, '_paused', { configurable: true, get: () => true, set: ignore });
      socket.pause();
    } else {
      Object.defineProperty(socket, '_paused', { configurable: true, writable: true, value: false });
      socket.resume();
    }
  }

  #release(): void {
    const { socket } = this;
    const held = this.#held!;
    const rest = this.#takeRest();
    this.#held = undefined;
    if (!socket.writable || socket.parser !== this.#parser) return;
    this.#incoming(held.request, held.shouldKeepAlive);
    this.#parser.resume();
    const result = this.#parser.execute(rest);
    if (typeof result !== 'number') {
      if (result.code === 'HPE_PAUSED') this.pause(Object.assign(result, { rawPacket: rest }));
      else this.server.emit('clientError', result, socket);
    } else if (this.#parser.incoming?.upgrade === true) socket.destroy();
    else {
      if (this.#isPaused) this.#setPaused(false);
      if (this.#hasEnded) this.#end();
    }
  }

  #takeRest(): Buffer {
    const rest = this.#rest ?? Buffer.alloc(0);
    const later = this.#later;
    this.#rest = undefined;
    this.#later = undefined;
    return later === undefined ? rest : Buffer.concat([rest, later.take()]);
  }

  /**
   * Call this when the client has sent its last byte. It may still be reading, as `nc` does, or
   * have disconnected; the two look the same. It is assumed to have disconnected only if the
   * response is costly.
   */
  #end(): void {
    const { socket } = this;
    if (socket.parser !== this.#parser) return;
    const endsNow = socket._httpMessage?.endsWithClient === true;
    if (this.#held === undefined) this.#onEnd();
    else this.#hasEnded = true;
    if (endsNow) socket.end();
  }
}

function ignore(): void {}
