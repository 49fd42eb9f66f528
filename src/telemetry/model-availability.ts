import { Injectable } from '@nestjs/common';
import { UpstreamError, UpstreamRejectedError } from '../errors/upstream-errors.js';
import { type RequestRecord } from './request-record.js';

export type AvailabilityStatus = 'available' | 'unavailable' | 'unknown';

/** A model as real traffic and tests last saw it. Times are epoch milliseconds. */
export interface Availability {
  status: AvailabilityStatus;
  lastSuccessAtMs?: number;
  lastFailureAtMs?: number;
  lastError?: string;
  lastResponseTimeMs?: number;
}

/** Remembers how each model did last, for whoever asks why a model fails. Costs no I/O. */
@Injectable()
export class ModelAvailability {
  readonly #byModel = new Map<string, Availability>();

  of(model: string): Readonly<Availability> {
    return this.#byModel.get(model) ?? { status: 'unknown' };
  }

  /** Takes in a call that has ended. What the caller did wrong, or its leaving, says nothing of the model. */
  note(record: RequestRecord): void {
    if (record.model === undefined) return;
    const seen = this.#byModel.get(record.model) ?? { status: 'unknown' };
    if (record.error === undefined) {
      seen.status = 'available';
      seen.lastSuccessAtMs = Date.now();
      seen.lastResponseTimeMs = record.elapsedMs;
    } else if (
      record.error instanceof UpstreamError ||
      (record.error instanceof UpstreamRejectedError && record.error.status === 429)
    ) {
      seen.status = 'unavailable';
      seen.lastFailureAtMs = Date.now();
      seen.lastError = record.error.logCode;
    } else return;
    this.#byModel.set(record.model, seen);
  }
}
