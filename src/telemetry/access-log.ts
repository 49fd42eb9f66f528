import { InternalError } from '../errors/server-errors.js';
import { UpstreamError } from '../errors/upstream-errors.js';
import { type LiveConfig } from '../config/live-config.js';
import { type GatewayLogger, framesOf } from './gateway-logger.js';
import { type RequestRecord } from './request-record.js';

const MAX_PATH_LENGTH = 200;
/** Asked every few seconds, by whoever keeps the process running and by boards; of interest when debugging only. */
const PROBES: ReadonlySet<string> = new Set([
  '/v1/health',
  '/v1/health/ready',
  '/v1/health/models',
  '/v1/health/history',
]);

/** One line a request. Fields hold what the configuration and the protocol know, never what people wrote. */
export class AccessLog {
  constructor(
    private readonly live: LiveConfig,
    private readonly logger: GatewayLogger,
  ) {}

  /** @param status what the caller got; 499 when it left before the end */
  write(record: RequestRecord, status: number): void {
    const { error } = record;
    const { logging, server } = this.live.current;
    const line = {
      message: 'request',
      request_id: record.requestId,
      method: record.method,
      path: record.path.slice(0, MAX_PATH_LENGTH),
      client: record.client,
      model: record.model,
      type: record.modelType,
      stream: record.model === undefined ? undefined : record.isStream,
      attempts: record.model === undefined ? undefined : record.attempts,
      status,
      duration_ms: round(record.elapsedMs),
      first_token_ms: round(record.firstTokenMs),
      prompt_tokens: record.usage?.promptTokens,
      completion_tokens: record.usage?.completionTokens,
      usage_estimated: record.usage?.isEstimated,
      error: error?.logCode,
      upstream_status: record.upstreamStatus,
      // What an upstream wrote may repeat a prompt.
      error_message: logging.content && error !== undefined ? error.message : undefined,
      stack: error !== undefined && server.debug ? stackOf(error) : undefined,
    };
    if (PROBES.has(record.path)) this.logger.line('debug', line);
    else if (error instanceof InternalError) this.logger.line('error', { ...line, ...causeOf(error) });
    else this.logger.line(error instanceof UpstreamError ? 'warn' : 'info', line);
  }
}

/** A fault of ours is always told with its origin: without it nobody could mend it. */
function causeOf(error: Error): { error_name?: string; stack?: string } {
  return error.cause instanceof Error ? { error_name: error.cause.name, stack: framesOf(error.cause) } : {};
}

function stackOf(error: Error): string {
  return error.cause instanceof Error
    ? `${framesOf(error)}\n  caused by ${causeOf(error).error_name}\n${framesOf(error.cause)}`
    : framesOf(error);
}

function round(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 10) / 10;
}
