import { type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpParseError, type HttpSocket, SerialRequests } from './serial-requests.js';

/** How often connections are checked. */
const LOOK_MS = 250;
/** During a drain: how long to wait for a client that does not read its response. */
const STILL_MS = 600;
/** During a drain: how often connections are checked. */
const DRAIN_LOOK_MS = 25;
/** How long a client may read nothing of a response if another client waits for its slot. */
const WANTED_SLOT_IDLE_MS = 1000;

/** The concurrency slot that a model call holds. */
export interface HeldSlot {
  /** Whether another client waits for it. */
  isSlotWanted(): boolean;
}

/** The write limits of a response. Without them the server's limit applies. */
export interface ClockedResponse extends ServerResponse {
  /** How long its client may read nothing, in milliseconds; undefined = the server's limit. */
  readonly writeIdleMs?: number;
  /** When it must have been sent at the latest (`performance.now()`); undefined = no limit. */
  readonly writeUntilMs?: number;
  /** The slot that its call holds until it has been sent. */
  readonly slot?: HeldSlot | undefined;
  /** Whether it belongs to a model call. */
  readonly isModelCall?: boolean;
  /**
   * Whether it is abandoned as soon as its client has sent its last byte (a half-closed
   * connection).
   */
  readonly endsWithClient?: boolean;
  /** Records that the response is cut off because its client does not read it. */
  stall?(): void;
}

/** One connection, and how fast its client reads what is written to it. */
class ClientConnection {
  readonly requests: SerialRequests;
  #taken = -1;
  #movedAtMs = 0;

  constructor(
    readonly socket: HttpSocket,
    server: Server,
  ) {
    this.requests = new SerialRequests(socket, server);
  }

  get response(): ClockedResponse | undefined {
    return this.socket._httpMessage ?? undefined;
  }

  /**
   * @returns how long the client has read nothing of the pending bytes, in milliseconds; 0 if
   * nothing is pending
   */
  stillMs(now: number): number {
    const { writableLength, _handle: handle } = this.socket;
    // `socket.bytesWritten` counts a large write as done at once; these two show how much the
    // system has accepted.
    const taken = writableLength > 0 && handle ? handle.bytesWritten - handle.writeQueueSize : -1;
    if (taken < 0 || taken !== this.#taken) this.#movedAtMs = now;
    this.#taken = taken;
    return now - this.#movedAtMs;
  }

  /** Whether a drain should wait for it. @param sinceMs how long the drain has waited so far */
  isWorthWaiting(now: number, sinceMs: number, limitMs: number): boolean {
    const { response, socket } = this;
    if (response === undefined || socket.writableLength === 0 || this.stillMs(now) >= STILL_MS) return false;
    return sinceMs < (response.isModelCall === true ? limitMs : STILL_MS);
  }
}

/**
 * The connections of one HTTP server. Each handles one request at a time, is closed when its client stops
 * reading its response for too long, and never outlives the server.
 */
export class ClientConnections {
  readonly #all = new Map<Socket, ClientConnection>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param writeIdleMs how long a client may read nothing of a response without its own limit; 0 =
   * no limit
   * @param onBroken responds to requests that are not HTTP, or arrive too slowly
   */
  constructor(
    server: Server,
    private readonly writeIdleMs: number,
    onBroken: (error: HttpParseError, socket: HttpSocket) => void,
  ) {
    // Without this, Node would cut off the response to a client that has closed its sending side; see
    // `SerialRequests`.
    (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
    server.on('connection', (socket: Socket) => this.#add(socket, server));
    server.on('clientError', (error: HttpParseError, socket: Socket) => {
      const requests = this.#all.get(socket)?.requests;
      if (error.code === 'HPE_PAUSED') requests!.pause(error);
      // The rest of a held request is only missing because it was not read.
      else if (error.code !== 'ERR_HTTP_REQUEST_TIMEOUT' || requests?.isHolding !== true)
        onBroken(error, socket);
    });
  }

  /**
   * Waits until the written bytes have been read: for model calls, while their clients keep reading
   * and until `limitMs`; for all other responses, briefly.
   */
  async flush(limitMs: number): Promise<void> {
    const startedAt = performance.now();
    const isAnyWorthIt = (): boolean => {
      const now = performance.now();
      return [...this.#all.values()].some((each) => each.isWorthWaiting(now, now - startedAt, limitMs));
    };
    while (isAnyWorthIt()) await sleep(DRAIN_LOOK_MS);
  }

  /** Closes all connections, whatever their state. */
  destroy(): void {
    for (const socket of this.#all.keys()) socket.destroy();
  }

  #add(socket: Socket, server: Server): void {
    this.#all.set(socket, new ClientConnection(socket, server));
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
    socket.once('close', () => {
      this.#all.delete(socket);
      if (this.#all.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
  }

  /** How long the client may read nothing; Infinity = no limit. */
  #limitMs({ writeIdleMs = this.writeIdleMs, slot }: ClockedResponse, stillMs: number): number {
    const limitMs = writeIdleMs === 0 ? Infinity : writeIdleMs;
    const isWanted = stillMs >= WANTED_SLOT_IDLE_MS && slot?.isSlotWanted() === true;
    return isWanted ? Math.min(limitMs, WANTED_SLOT_IDLE_MS) : limitMs;
  }

  #look(): void {
    const now = performance.now();
    for (const connection of this.#all.values()) {
      const { response } = connection;
      const stillMs = connection.stillMs(now);
      if (response === undefined || connection.socket.writableLength === 0) continue;
      if (stillMs < this.#limitMs(response, stillMs) && now < (response.writeUntilMs ?? Infinity)) continue;
      response.stall?.();
      // A reset, because a normal close would leave the unread bytes in the system's buffers.
      connection.socket.resetAndDestroy();
    }
  }
}
