import { type IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Usage } from '../../../conversation/usage.js';
import { type GatewayError } from '../../../errors/gateway-error.js';
import { type AnswerSource, type AnswerSink, passWhole } from '../../../upstream/response/answer-source.js';
import { Cancellation } from '../../../calls/cancellation.js';
import { clockExpired } from '../../../upstream/upstream-exchange.js';

/**
 * The response of a service that takes jobs, polled within the call's total time. For a client that
 * wants a stream it is a stream from the start, so that keep-alive comments reach it while the job
 * runs.
 */
export class PolledAnswer implements AnswerSource {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  usage: Usage | undefined;
  readonly #cancellation = new Cancellation();
  readonly #stop = new AbortController();
  #current: AnswerSource;

  constructor(
    submitted: AnswerSource,
    private readonly options: PolledAnswerOptions,
  ) {
    this.#current = submitted;
    this.status = submitted.status;
    this.headers = {
      ...submitted.headers,
      'content-type': options.isStream ? 'text/event-stream' : 'application/json',
    };
  }

  readTo(sink: AnswerSink): void {
    passWhole(this.readAll(), sink);
  }

  async readAll(): Promise<Buffer> {
    const { endsAt } = this.options;
    const clock =
      endsAt === Infinity
        ? undefined
        : setTimeout(() => this.abort(clockExpired('total_timeout')), endsAt - performance.now());
    try {
      return await this.#cancellation.race(this.#run());
    } catch (error) {
      throw this.options.toFailure(error);
    } finally {
      clearTimeout(clock);
    }
  }

  firstByte(): void {}
  resume(): void {}
  done(): void {}

  abort(reason: GatewayError): void {
    this.#cancellation.cancel(reason);
    this.#current.abort(reason);
    this.#stop.abort();
  }

  async #run(): Promise<Buffer> {
    const { options } = this;
    const poll = await options.submitted(await this.#current.readAll(options.maxAnswerBytes));
    for (;;) {
      await sleep(options.intervalMs, undefined, { signal: this.#stop.signal });
      await poll.send((answer) => {
        this.#current = answer;
        if (this.#cancellation.reason !== undefined) answer.abort(this.#cancellation.reason);
      });
      const result = await poll.read(await this.#current.readAll(options.maxAnswerBytes), this.#current);
      if (result === undefined) continue;
      this.usage = result.usage;
      return result.bytes;
    }
  }
}

export interface PolledAnswerOptions {
  readonly isStream: boolean;
  /** `limits.answer` */
  readonly maxAnswerBytes: number;
  readonly intervalMs: number;
  /** When the call's time ends (`performance.now()`); Infinity: never. */
  readonly endsAt: number;
  /** Turns anything thrown on the way into the error of the call. */
  readonly toFailure: (error: unknown) => GatewayError;
  /** Reads the response to the submission. */
  readonly submitted: (body: Buffer) => Promise<Poll>;
}

/** How one job is polled. */
export interface Poll {
  /**
   * Settles when the service has accepted.
   * @param onSent called at once, so that the call can be aborted
   */
  send(onSent: (answer: AnswerSource) => void): Promise<void>;
  /** @returns undefined while the job is running */
  read(body: Buffer, answer: AnswerSource): Promise<PollResult | undefined>;
}

export interface PollResult {
  readonly bytes: Buffer;
  readonly usage: Usage | undefined;
}
