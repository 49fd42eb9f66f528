import { type IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { type CallRecord } from './call-record.js';

/** Observes requests; implements the methods that it needs. Observers do not throw. */
export interface CallObserver {
  /** The headers of a request have arrived; nothing else is known yet. */
  began?(record: CallRecord, headers: IncomingHttpHeaders): void;
  /**
   * The upstream part of a call has ended, successfully or not. Its client may still be reading.
   */
  answered?(record: CallRecord): void;
  /**
   * A request is over; its record no longer changes.
   * @param status the status that the client received; 499 if it disconnected before the end
   */
  ended?(record: CallRecord, status: number): void;
  /** Like `ended`, for a failed request. */
  failed?(record: CallRecord, status: number): void;
}

/** Reports requests to the log, the metrics, the traces and the state of models. */
@Injectable()
export class CallEvents {
  readonly #began: Pick<Required<CallObserver>, 'began'>[] = [];
  readonly #answered: Pick<Required<CallObserver>, 'answered'>[] = [];
  readonly #ended: Pick<Required<CallObserver>, 'ended'>[] = [];
  readonly #failed: Pick<Required<CallObserver>, 'failed'>[] = [];

  subscribe(observer: CallObserver): void {
    if (observer.began !== undefined) this.#began.push(observer as Required<CallObserver>);
    if (observer.answered !== undefined) this.#answered.push(observer as Required<CallObserver>);
    if (observer.ended !== undefined) this.#ended.push(observer as Required<CallObserver>);
    if (observer.failed !== undefined) this.#failed.push(observer as Required<CallObserver>);
  }

  began(record: CallRecord, headers: IncomingHttpHeaders): void {
    for (const observer of this.#began) observer.began(record, headers);
  }

  answered(record: CallRecord): void {
    for (const observer of this.#answered) observer.answered(record);
  }

  ended(record: CallRecord, status: number): void {
    record.end();
    for (const observer of this.#ended) observer.ended(record, status);
    if (record.error === undefined) return;
    for (const observer of this.#failed) observer.failed(record, status);
  }
}
