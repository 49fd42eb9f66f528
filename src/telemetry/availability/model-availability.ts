import { Injectable } from '@nestjs/common';
import { type Derived, LiveConfig } from '../../config/live-config.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError, UpstreamRejectedError } from '../../errors/upstream-errors.js';
import { ModelWatch } from './model-watch.js';
import { StateChanges } from './model-state.js';
import { CallEvents, type CallObserver } from '../../calls/call-events.js';
import { type CallRecord } from '../../calls/call-record.js';

/** Records the outcomes of each model's calls, to show why a model fails. Does no I/O. */
@Injectable()
export class ModelAvailability implements CallObserver {
  readonly changes = new StateChanges();
  readonly #startedAtMs = Date.now();
  readonly #byModel = new Map<string, ModelWatch>();
  readonly #slowMs: Derived<ReadonlyMap<string, number>>;

  constructor(live: LiveConfig, events: CallEvents) {
    events.subscribe(this);
    this.#slowMs = live.derive(
      ({ models }) =>
        new Map(
          models.flatMap(({ name, slow_seconds: seconds }) =>
            seconds === undefined ? [] : [[name, seconds * 1000] as const],
          ),
        ),
    );
    live.onReplaced(({ models }) => {
      const names = new Set(models.map(({ name }) => name));
      for (const name of this.#byModel.keys()) if (!names.has(name)) this.#byModel.delete(name);
    });
  }

  /** @param model a configured name */
  of(model: string): ModelWatch {
    return this.#byModel.get(model) ?? this.#open(model);
  }

  #open(model: string): ModelWatch {
    const watch = new ModelWatch(
      model,
      this.#startedAtMs,
      (change) => this.changes.add(change),
      () => this.#slowMs.value.get(model),
    );
    this.#byModel.set(model, watch);
    return watch;
  }

  /** Records a call that has ended. The client's errors and disconnects do not affect the model. */
  answered(record: CallRecord): void {
    const { model, error, attemptLog, client } = record;
    if (model === undefined) return;
    const last = attemptLog.at(-1);
    const answeredBy = error === undefined && last !== undefined ? last.model : model;
    if (attemptLog.length > 1) this.#noteOthers(record, answeredBy);
    if (error === undefined) {
      // The time spent on models tried before does not count for this one.
      const beforeMs = answeredBy === model ? 0 : last!.startMs;
      const { elapsedMs, firstTokenMs } = record;
      const ownFirstTokenMs = firstTokenMs === undefined ? undefined : firstTokenMs - beforeMs;
      const watch = this.#byModel.get(answeredBy) ?? this.#open(answeredBy);
      watch.success(Date.now(), elapsedMs - beforeMs, ownFirstTokenMs, client);
    } else this.#noteFailure(answeredBy, error, client);
  }

  /** Records failures of the other models that a call tried, whether or not the call succeeded in the end. */
  #noteOthers({ attemptLog, client }: CallRecord, answeredBy: string): void {
    const failed = new Map<string, GatewayError>();
    for (const { model, failure } of attemptLog) {
      if (model !== answeredBy && failure !== undefined) failed.set(model, failure);
    }
    for (const [model, failure] of failed) this.#noteFailure(model, failure, client);
  }

  #noteFailure(model: string, error: GatewayError, client: string | undefined): void {
    if (!isUpstreamFailure(error) || error.scope === 'nobody') return;
    const isProvokable = error.scope === 'one_call';
    this.of(model).failure(Date.now(), error.logCode, isCredentialRefused(error), client, isProvokable);
  }
}

function isUpstreamFailure(error: GatewayError): error is UpstreamError | UpstreamRejectedError {
  return error instanceof UpstreamError || error instanceof UpstreamRejectedError;
}

/** Whether the service refused the gateway's credential or login, rather than being unreachable or broken. */
export function isCredentialRefused(error: unknown): boolean {
  return error instanceof UpstreamError && error.isCredentialRefused;
}
