import { type RunningCall } from '../calls/running-calls.js';
import { type LiveConfig } from '../config/live-config.js';
import { type FailedRequest } from '../telemetry/failed-requests.js';
import { type ConfigInForceDto, type FailedRequestDto, type RunningCallDto } from './gateway-state.dto.js';
import { toIso } from './model-health.js';

const DIGEST_DIGITS = 16;

/** A running call in wire format. */
export function runningOf({ response: { req, record } }: RunningCall): RunningCallDto {
  const { requestId, client, model, attemptLog, isStream, elapsedMs, overheadMs } = record;
  const attempt = attemptLog.at(-1);
  return {
    request_id: requestId,
    client: client ?? null,
    model: attempt?.model ?? model ?? null,
    deployment: attempt?.deployment ?? null,
    stream: isStream,
    seconds: Math.round(elapsedMs) / 1000,
    phase: overheadMs !== undefined ? 'responding' : req.complete ? 'waiting' : 'receiving',
  };
}

/**
 * A failed request in wire format.
 * @param withHosts whether the client may see the addresses of services
 */
export function failedOf(failed: FailedRequest, withHosts: boolean): FailedRequestDto {
  const { atMs, requestId, method, path, client, model, status, error, attempts } = failed;
  return {
    at: toIso(atMs),
    request_id: requestId,
    method,
    path,
    client: client ?? null,
    model: model ?? null,
    status,
    error,
    attempts: attempts.map(({ host, why: _why, duration_ms: _duration, ...codes }) => ({
      ...codes,
      ...(withHosts && host !== undefined && { host }),
    })),
  };
}

/** The configuration in force in wire format. */
export function configOf({ status, generation, ageSeconds }: LiveConfig, models: number): ConfigInForceDto {
  const { source, atNextStart, isRefused, refusals } = status;
  return {
    path: source?.path ?? null,
    digest: source?.digest.slice(0, DIGEST_DIGITS) ?? null,
    generation,
    loaded_at: toIso(Date.now() - ageSeconds * 1000),
    models,
    at_next_start: [...atNextStart],
    is_refused: isRefused,
    refusals: refusals.map(({ atMs, problems }) => ({ at: toIso(atMs), problems: [...problems] })),
  };
}
