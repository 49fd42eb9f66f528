import { createClient } from '@keyv/redis';
import { Logger } from '@nestjs/common';

/** A healthy Redis answers in one or two; this is what the first request pays that finds it hanging. */
const COMMAND_TIMEOUT_MS = 250;
const CONNECT_TIMEOUT_MS = 2000;
/** How long the start of the process waits for the connection. */
const OPENING_MS = 1000;
/** A connection that says nothing for so long, not even to a ping, is given up and made anew. */
const PING_INTERVAL_MS = 2000;
const SILENCE_MS = 5000;
const FIRST_RETRY_MS = 100;
/** After answers that came too late, one behind the other, Redis is not asked for a while; longer each time. */
const FIRST_REST_MS = 1000;
const LONGEST_REST_MS = 30_000;
const LONGEST_RETRY_MS = 2000;

const LATE = Symbol('late');

/**
 * The one connection of this process to Redis. It is made again for as long as it takes; meanwhile nobody waits:
 * commands give up at once when it is away, and after a moment when it hangs.
 */
export class RedisConnection {
  readonly client;
  readonly #log = new Logger('TokenCache');
  readonly #onReturn: (() => void)[] = [];
  /** Undefined until the first attempt has ended. */
  #isHere: boolean | undefined;
  #isHanging = false;
  /** Until then nothing is asked of it, though it may answer again. */
  #restUntilMs = 0;
  /** In a row. */
  #lateCount = 0;
  #isClosed = false;

  /** @param greet runs on every new connection */
  constructor(url: string, greet: () => Promise<void>) {
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
      void greet();
    });
  }

  get isHere(): boolean {
    return this.#isHere === true && this.client.isReady && !this.#isHanging && !this.#isResting();
  }

  onReturn(listener: () => void): void {
    this.#onReturn.push(listener);
  }

  /** Waits for the connection, or for its first failure, or a second. */
  async open(): Promise<void> {
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
      // Its failures come as events too; it ends when the connection is made or closed.
      this.client.connect().then(settle, settle);
    });
  }

  /** Runs a command. @returns `otherwise` when Redis is away, refuses it, or does not answer in time */
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
      this.#lost(reasonOf(error));
      return otherwise;
    }
  }

  close(): void {
    this.#isClosed = true;
    if (this.client.isOpen) this.client.destroy();
  }

  /** Nothing more is asked until it has answered this, or the connection was made anew. */
  #hangs(answer: Promise<unknown>): void {
    this.#isHanging = true;
    // The first of them may be a hiccup of a busy machine: its answer is waited for, and no longer.
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

  #lost(reason: string): void {
    if (this.#isClosed || this.#isHere === false) return;
    this.#isHere = false;
    this.#log.warn({ message: 'Redis away, tokens are kept in memory', reason });
  }

  /** One that answers late each time would cost its wait with each call. */
  #isResting(): boolean {
    return performance.now() < this.#restUntilMs;
  }

  #found(): void {
    this.#isHanging = false;
    if (this.#isResting()) return;
    if (this.#isClosed || this.#isHere === true) return;
    const isReturn = this.#isHere === false;
    this.#isHere = true;
    this.#log.log({ message: `Redis ${isReturn ? 'back' : 'connected'}, tokens are shared` });
    if (isReturn) for (const listener of this.#onReturn) listener();
  }
}

function retryAfterMs(attempts: number): number {
  const pauseMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempts, 10), LONGEST_RETRY_MS);
  // Replicas that lost it together need not come back together.
  return Math.round(pauseMs * (0.75 + Math.random() / 4));
}

function within<Result>(answer: Promise<Result>, ms: number): Promise<Result | typeof LATE> {
  return new Promise((resolve, reject) => {
    // One more turn of the loop: when it was this process that was busy, the answer lies in the socket already.
    const timer = setTimeout(() => setImmediate(resolve, LATE), ms);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** A word such as ECONNREFUSED or WRONGPASS: whole messages may repeat addresses and arguments. */
function reasonOf(error: unknown): string {
  const { code, name, message } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  return code ?? /^[A-Z]{3,}(?= )/.exec(message ?? '')?.[0] ?? name ?? 'unknown error';
}
