import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { ByteCollector } from '../protocol/byte-collector.js';

/** llhttp's error number for a callback that wants the parser to pause (`HPE_PAUSED`). */
const PAUSE = 21;
/** How much is read from a client whose next request waits, in bytes: reading notices when the client leaves. */
const READ_AHEAD_BYTES = 64 * 1024;

/** A parse error as Node reports it. */
export interface HttpParseError extends Error {
  readonly code?: string;
  /** Of `rawPacket`, what was parsed before. */
  readonly bytesParsed?: number;
  readonly rawPacket?: Buffer;
}

/** What Node hangs on the sockets of its HTTP server; its types leave it out. */
export interface HttpSocket extends Socket {
  /** The response that has the socket now; null or undefined between two. */
  readonly _httpMessage?: (ServerResponse & { readonly endsWithClient?: boolean }) | null;
  /** Nothing is to be read from this socket for now. */
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
 * Has one connection handle one request at a time. Node starts every request of a pipeline at once and keeps the
 * responses until their turn comes: measured, 1,000 requests for a file, sent in 51 KB by a client that reads nothing,
 * held 1,000 descriptors and 140 MB. Here the parser pauses behind the head of a second request until the response to
 * the first one has left the process, and little more is read meanwhile.
 */
export class SerialRequests {
  readonly #incoming: (request: IncomingMessage, shouldKeepAlive: boolean) => number;
  readonly #parser: HttpParser;
  /** What Node does when the client has sent its last byte. */
  readonly #onEnd: () => void;
  #held: HeldRequest | undefined;
  /** What came behind the head of the held request: with it, and later. */
  #rest: Buffer | undefined;
  #later: ByteCollector | undefined;
  #isPaused = false;
  /** The client has sent its last byte while a request was held. */
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
      // CONNECT ends HTTP on this connection: there is nothing to come back to.
      if (response === null || response === undefined || request.method === 'CONNECT')
        return this.#incoming(request, shouldKeepAlive);
      this.#held = { request, shouldKeepAlive };
      // A turn of the event loop for each: all of a long pipeline in one would leave none to the other clients.
      response.once('close', () => setImmediate(() => this.#release()));
      return PAUSE;
    };
    this.#onEnd = socket.listeners('end').at(-1) as () => void;
    socket.off('end', this.#onEnd).on('end', () => this.#end());
  }

  /** Whether a request waits for the response to the one before it. */
  get isHolding(): boolean {
    return this.#held !== undefined;
  }

  /** Keeps what the parser was given beyond the held request. @param error the pause, as Node reports it */
  pause({ rawPacket, bytesParsed }: HttpParseError): void {
    // A parser that pauses already takes nothing, and reports a position in what it was given before.
    if (this.#rest === undefined) this.#rest = rawPacket!.subarray(bytesParsed);
    else (this.#later ??= new ByteCollector()).append(rawPacket!);
    const isMuch = this.#rest.length + (this.#later?.length ?? 0) >= READ_AHEAD_BYTES;
    if (isMuch !== this.#isPaused) this.#setPaused(isMuch);
  }

  #setPaused(isPaused: boolean): void {
    const { socket } = this;
    this.#isPaused = isPaused;
    if (isPaused) {
      // Node takes its own pause back whenever written bytes have drained; this one ends with the response.
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
   * The client has sent its last byte. It may go on reading, as `nc` does, or have left: the two look the same, and
   * only where the response costs something is the second assumed.
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
