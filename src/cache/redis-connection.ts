import { createClient } from '@keyv/redis';
import { Logger } from '@nestjs/common';

/**
 * A healthy Redis responds within one or two milliseconds; the first request that finds it hanging
 * waits this long.
 */
const COMMAND_TIMEOUT_MS = 250;
/** A timer this late shows that the process is busy. */
const BUSY_MS = 10;
const MOST_WAITS = 4;
const CONNECT_TIMEOUT_MS = 2000;
/** How long startup waits for the connection. */
const OPENING_MS = 1000;
const PING_INTERVAL_MS = 2000;
/** A connection that is silent for this long, even after a ping, is replaced. */
const SILENCE_MS = 5000;
const FIRST_RETRY_MS = 100;
/** First pause after consecutive late responses or refusals of Redis; the pause grows each time. */
const FIRST_REST_MS = 1000;
const LONGEST_REST_MS = 30_000;
const LONGEST_RETRY_MS = 2000;
/** Replies with which Redis refuses every command because of its own state. */
const STATE_REFUSALS =
  /^(?:READONLY|OOM|MISCONF|LOADING|NOAUTH|NOPERM|CLUSTERDOWN|MASTERDOWN|NOREPLICAS|BUSY|TRYAGAIN) /;

const LATE = Symbol('late');

/**
 * The single connection of this process to Redis. It reconnects until it succeeds. Meanwhile,
 * commands fail at once if Redis is unreachable, and after a short wait if it hangs.
 */
export class RedisConnection {
  readonly client;
  readonly #log = new Logger('TokenCache');
  readonly #onReady: (() => void)[] = [];
  readonly #onReturn: (() => void)[] = [];
  #opening: Promise<void> | undefined;
  /** Undefined until the first attempt has ended. */
  #isHere: boolean | undefined;
  #isHanging = false;
  /** No commands are sent before this time, even if Redis responds again. */
  #restUntilMs = 0;
  /** Consecutive late responses. */
  #lateCount = 0;
  /** Consecutive refusals, each soon after the pause that followed the previous one. */
  #refusalCount = 0;
  #isClosed = false;

  constructor(url: string) {
    this.client = createClient({
      url,
      disableOfflineQueue: true,
      pingInterval: PING_INTERVAL_MS,
      socket: {
        connectTimeout: CONNECT_TIMEOUT_MS,
        socketTimeout: SILENCE_MS,
        reconnectStrategy: (attempts: number) => retryAfterMs(attempts),
      },
    });
    this.client.on('error', (error: unknown) => this.#lost(reasonOf(error)));
    this.client.on('ping-interval', () => this.#found());
    this.client.on('ready', () => {
      this.#found();
      for (const listener of this.#onReady) listener();
    });
  }

  get isHere(): boolean {
    return this.#isHere === true && this.client.isReady && !this.#isHanging && !this.#isResting();
  }

  /** Calls the listener on every new connection; at once if there is one. */
  onReady(listener: () => void): void {
    this.#onReady.push(listener);
    if (this.client.isReady) listener();
  }

  /** Calls the listener each time that Redis is available again. */
  onReturn(listener: () => void): void {
    this.#onReturn.push(listener);
  }

  /** Waits for the connection or its first failure, for at most one second. */
  open(): Promise<void> {
    return (this.#opening ??= this.#open());
  }

  async #open(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#lost('no answer');
        resolve();
      }, OPENING_MS);
      const settle = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.client.once('ready', settle).once('error', settle);
      // Failures also arrive as events; the promise settles when the connection opens or closes.
      this.client.connect().then(settle, settle);
    });
  }

  /**
   * Runs a command.
   * @returns `otherwise` if Redis is unreachable, rejects it or does not respond in time
   */
  async run<Result, Fallback>(
    command: () => Promise<Result>,
    otherwise: Fallback,
  ): Promise<Result | Fallback> {
    if (!this.client.isReady || this.#isHanging || this.#isResting()) return otherwise;
    try {
      const answer = command();
      const result = await within(answer, COMMAND_TIMEOUT_MS);
      if (result === LATE) {
        this.#hangs(answer);
        return otherwise;
      }
      this.#lateCount = 0;
      this.#found();
      return result;
    } catch (error) {
      if (isStateRefusal(error)) this.#refuses();
      this.#lost(reasonOf(error));
      return otherwise;
    }
  }

  close(): void {
    this.#isClosed = true;
    if (this.client.isOpen) this.client.destroy();
  }

  /**
   * Sends nothing more until Redis has responded to this command or the connection was replaced.
   */
  #hangs(answer: Promise<unknown>): void {
    // Commands that were sent together are late together, which counts once.
    if (this.#isHanging) return;
    this.#isHanging = true;
    // The first late response may come from a busy machine: wait for this response only, without a
    // pause.
    if (this.#lateCount > 0) {
      const restMs = Math.min(FIRST_REST_MS * 2 ** (this.#lateCount - 1), LONGEST_REST_MS);
      this.#restUntilMs = performance.now() + restMs;
    }
    this.#lateCount++;
    this.#lost('no answer');
    answer.then(
      () => this.#found(),
      () => undefined,
    );
  }

  /**
   * Pauses all commands. Meanwhile, Redis still responds to pings, and perhaps to reads, but
   * neither shows that it accepts commands again.
   */
  #refuses(): void {
    const now = performance.now();
    // Commands that were sent together are refused together, which counts once.
    if (this.#isResting()) return;
    if (now - this.#restUntilMs > LONGEST_REST_MS) this.#refusalCount = 0;
    this.#restUntilMs = now + Math.min(FIRST_REST_MS * 2 ** this.#refusalCount, LONGEST_REST_MS);
    this.#refusalCount++;
  }

  #lost(reason: string): void {
    if (this.#isClosed || this.#isHere === false) return;
    this.#isHere = false;
    this.#log.warn({ message: 'Redis unavailable, tokens are kept in memory', reason });
  }

  /** Prevents every call from waiting for a Redis that always responds late. */
  #isResting(): boolean {
    return performance.now() < this.#restUntilMs;
  }

  #found(): void {
    this.#isHanging = false;
    if (this.#isResting()) return;
    if (this.#isClosed || this.#isHere === true) return;
    const isReturn = this.#isHere === false;
    this.#isHere = true;
    this.#log.log({ message: `Redis ${isReturn ? 'available again' : 'connected'}, tokens are shared` });
    if (isReturn) for (const listener of this.#onReturn) listener();
  }
}

/** Whether Redis has refused a command because of its own state, without executing any of it. */
export function isStateRefusal(error: unknown): boolean {
  return error instanceof Error && STATE_REFUSALS.test(error.message);
}

function retryAfterMs(attempts: number): number {
  const pauseMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempts, 10), LONGEST_RETRY_MS);
  // Jitter prevents replicas from reconnecting all at once.
  return Math.round(pauseMs * (0.75 + Math.random() / 4));
}

/**
 * Waits for a response, for a limited time. While this process is too busy to run its timers, Redis
 * is not to blame, so the wait starts again, a few times.
 * @returns `LATE` if no response arrives in time
 */
function within<Result>(answer: Promise<Result>, ms: number): Promise<Result | typeof LATE> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout;
    let beganAt = performance.now();
    let waits = 1;
    const late = (): void => {
      if (performance.now() - beganAt > ms + BUSY_MS && waits < MOST_WAITS) {
        waits++;
        beganAt = performance.now();
        timer = setTimeout(late, ms);
      }
      // One more turn of the loop: the response may already be in the socket.
      else setImmediate(resolve, LATE);
    };
    timer = setTimeout(late, ms);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/**
 * A code such as ECONNREFUSED or WRONGPASS, because whole messages may contain addresses and
 * arguments.
 */
function reasonOf(error: unknown): string {
  const { code, name, message } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  return code ?? /^[A-Z]{3,}(?= )/.exec(message ?? '')?.[0] ?? name ?? 'unknown error';
}
