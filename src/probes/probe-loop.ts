import { type ProbeConfig } from '../config/model.config.js';
import { GatewayError } from '../errors/gateway-error.js';
import { InternalError, ShuttingDownError } from '../errors/server-errors.js';
import { UpstreamError, UpstreamRejectedError } from '../errors/upstream-errors.js';
import { type Model } from '../routing/model.js';
import { type CheckKind, type CheckResult } from '../telemetry/availability/check-result.js';
import { isCredentialRefused } from '../telemetry/availability/model-availability.js';
import { type ModelWatch } from '../telemetry/availability/model-watch.js';
import { Cancellation } from '../calls/cancellation.js';
import { type Prober } from './prober.js';

/** The first check starts soon, at a random time within this period. */
const FIRST_WITHIN_SECONDS = 3;

/** Checks one model periodically, one check at a time, but not while real calls show that it works. */
export class ProbeLoop {
  #timer: NodeJS.Timeout | undefined;
  #running: Cancellation | undefined;
  #isStopped = false;

  constructor(
    private readonly model: Model,
    private readonly kind: CheckKind,
    private readonly probe: ProbeConfig,
    private readonly prober: Prober,
    private readonly watch: ModelWatch,
  ) {
    this.#schedule(Math.random() * Math.min(FIRST_WITHIN_SECONDS, probe.interval_seconds));
  }

  /** Stops at once and aborts a running check. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#running?.cancel(new ShuttingDownError());
  }

  #schedule(seconds: number): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#turn(), seconds * 1000);
    // The timer must not keep the process alive.
    this.#timer.unref();
  }

  async #turn(): Promise<void> {
    const { interval_seconds: interval, jitter_percent: jitter } = this.probe;
    if (!this.watch.isHealthySince(Date.now() - interval * 1000)) await this.#check();
    this.#schedule(interval * (1 + ((Math.random() * 2 - 1) * jitter) / 100));
  }

  /** Never rejects. */
  async #check(): Promise<void> {
    const cancellation = (this.#running = new Cancellation());
    const startedAt = performance.now();
    const { timeout_seconds: seconds } = this.probe;
    const timer = setTimeout(() => cancellation.cancel(tooSlow(this.kind, seconds)), seconds * 1000);
    try {
      await this.prober.check(this.model, this.kind, this.probe, cancellation);
      this.#record(startedAt);
    } catch (error) {
      this.#record(startedAt, error instanceof GatewayError ? error : new InternalError(error));
    } finally {
      clearTimeout(timer);
      this.#running = undefined;
    }
  }

  /**
   * Records the result, unless the service is not to blame for the failure, for example when the
   * queue is full.
   */
  #record(startedAt: number, error?: GatewayError): void {
    const isConclusive =
      error === undefined ||
      error instanceof UpstreamError ||
      error instanceof UpstreamRejectedError ||
      error instanceof InternalError;
    if (this.#isStopped || !isConclusive) return;
    const result: CheckResult = {
      kind: this.kind,
      atMs: Date.now(),
      durationMs: performance.now() - startedAt,
      code: error?.logCode,
      isCredentialRefused: isCredentialRefused(error),
    };
    this.watch.checked(result);
  }
}

function tooSlow(kind: CheckKind, seconds: number): UpstreamError {
  return new UpstreamError(
    kind === 'tcp' ? 'connect_timeout' : 'total_timeout',
    `The check took longer than probe.timeout_seconds (${seconds}).`,
  );
}
