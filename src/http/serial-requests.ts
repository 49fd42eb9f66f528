import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';

/** llhttp's error number for a callback that wants the parser to pause (`HPE_PAUSED`). */
const PAUSE = 21;

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
  readonly _httpMessage?: ServerResponse | null;
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
 * the first one has left the process, and nothing more is read meanwhile.
 */
export class SerialRequests {
  readonly #incoming: (request: IncomingMessage, shouldKeepAlive: boolean) => number;
  readonly #parser: HttpParser;
  #held: HeldRequest | undefined;
  /** What came behind the head of the held request. */
  #rest: Buffer | undefined;

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
      response.once('close', () => this.#release());
      return PAUSE;
    };
  }

  /** Whether a request waits for the response to the one before it. */
  get isHolding(): boolean {
    return this.#held !== undefined;
  }

  /** Keeps what the parser was given beyond the held request. @param error the pause, as Node reports it */
  pause({ rawPacket, bytesParsed }: HttpParseError): void {
    this.#rest = rawPacket!.subarray(bytesParsed);
    // Node takes its own pause back whenever written bytes have drained; this one ends with the response.
    Object.defineProperty(this.socket, '_paused', {
      configurable: true,
      get: () => true,
      set: ignore,
    });
    this.socket.pause();
  }

  #release(): void {
    const { socket } = this;
    const held = this.#held!;
    const rest = this.#rest!;
    this.#held = undefined;
    this.#rest = undefined;
    Object.defineProperty(socket, '_paused', { configurable: true, writable: true, value: false });
    if (!socket.writable || socket.parser !== this.#parser) return;
    this.#incoming(held.request, held.shouldKeepAlive);
    this.#parser.resume();
    const result = this.#parser.execute(rest);
    if (typeof result !== 'number') {
      if (result.code === 'HPE_PAUSED') this.pause(Object.assign(result, { rawPacket: rest }));
      else this.server.emit('clientError', result, socket);
    } else if (this.#parser.incoming?.upgrade === true) socket.destroy();
    else socket.resume();
  }
}

function ignore(): void {}
