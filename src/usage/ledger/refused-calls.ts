import { type GatewayLogger } from '../../telemetry/log/gateway-logger.js';
import { type RefusedDataError } from '../store-errors.js';

/** Counts calls whose data the store refuses, and reports them together. */
export class RefusedCalls {
  #count = 0;
  #reported = 0;
  #first: { readonly requestId: string; readonly error: RefusedDataError } | undefined;

  constructor(private readonly logger: GatewayLogger) {}

  /** Since the process started. */
  get count(): number {
    return this.#count;
  }

  add(requestId: string, error: RefusedDataError): void {
    this.#count++;
    this.#first ??= { requestId, error };
  }

  /** Logs the calls that were added since the last report, with the reason of the first. */
  report(): void {
    if (this.#first === undefined) return;
    const { requestId, error } = this.#first;
    this.logger.error({
      message: 'usage is lost, its store refuses what these calls contain',
      calls: this.#count - this.#reported,
      first_request_id: requestId,
      error_code: error.code,
      reason: error.message,
    });
    this.#reported = this.#count;
    this.#first = undefined;
  }
}
