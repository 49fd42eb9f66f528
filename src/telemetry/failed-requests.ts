import { Injectable } from '@nestjs/common';
import { CallEvents, type CallObserver } from '../calls/call-events.js';
import { type CallRecord } from '../calls/call-record.js';
import { LiveConfig } from '../config/live-config.js';
import { CallerLeftError } from '../errors/caller-errors.js';
import { type FailedAttempt, failedAttempts } from './failed-attempts.js';

/** Limit per model, so that one that always fails does not displace the failures of the others. */
const KEPT_PER_MODEL = 50;
const MOST_LISTED = 100;

/** A failed request, without any text that people wrote. */
export interface FailedRequest {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** Undefined without a valid key. */
  readonly client: string | undefined;
  /** Undefined if the request named no configured model. */
  readonly model: string | undefined;
  /** The status that the client received. */
  readonly status: number;
  /** The error code, as logged. */
  readonly error: string;
  readonly attempts: readonly FailedAttempt[];
}

/**
 * The newest failed requests, in memory: at most 50 per model. A disconnect of the client is not a
 * failure.
 */
@Injectable()
export class FailedRequests implements CallObserver {
  /** Oldest first; requests without a configured model are stored under ''. */
  readonly #byModel = new Map<string, FailedRequest[]>();

  constructor(live: LiveConfig, events: CallEvents) {
    events.subscribe(this);
    live.onReplaced(({ models }) => {
      const names = new Set(['', ...models.map(({ name }) => name)]);
      for (const name of this.#byModel.keys()) if (!names.has(name)) this.#byModel.delete(name);
    });
  }

  failed(record: CallRecord, status: number): void {
    const { error, model } = record;
    if (error === undefined || error instanceof CallerLeftError) return;
    let kept = this.#byModel.get(model ?? '');
    if (kept === undefined) this.#byModel.set(model ?? '', (kept = []));
    if (kept.length === KEPT_PER_MODEL) kept.shift();
    kept.push({
      atMs: Date.now(),
      requestId: record.requestId,
      method: record.method,
      path: record.path.slice(0, 200),
      client: record.client,
      model,
      status,
      error: error.logCode,
      attempts: failedAttempts(record.attemptLog, false),
    });
  }

  /** At most 100, newest first. */
  newest(isWanted: (failure: FailedRequest) => boolean): FailedRequest[] {
    return [...this.#byModel.values()]
      .flatMap((kept) => kept.filter(isWanted))
      .sort((a, b) => b.atMs - a.atMs)
      .slice(0, MOST_LISTED);
  }
}
