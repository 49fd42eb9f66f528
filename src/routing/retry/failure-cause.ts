import { type FallbackCause } from '../../config/model.config.js';
import { QueueFullError } from '../../errors/caller-errors.js';
import { type FailureReason, UpstreamError, UpstreamRejectedError } from '../../errors/upstream-errors.js';
import { retryAfterMs } from '../../upstream/failure/retry-after.js';

/** What a failed attempt means for further attempts. */
export interface AttemptFailure {
  /** The values of `on:` that it matches; none if no other model would do better. */
  readonly causes: readonly FallbackCause[];
  /** Whether the same deployment may do better shortly afterwards. */
  readonly isPassing: boolean;
  /** Whether another deployment of the same model may do better. */
  readonly isLocal: boolean;
  /** How long the upstream asks not to be called, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /**
   * The deployment works, but refuses the gateway for now, because of a limit or a credential. Its
   * breaker does not count this.
   */
  readonly isRefusal?: boolean;
  /**
   * The request may be the cause, so the failure is not evidence for the calls of other clients.
   */
  readonly isProvokable?: boolean;
}

const FINAL: AttemptFailure = { causes: [], isPassing: false, isLocal: false, retryAfterMs: undefined };
/** The causes for each reason of a refusal; another model may not refuse. */
const CAUSES_BY_REASON: Readonly<Record<FailureReason, readonly FallbackCause[]>> = {
  context_length: ['context_length'],
  moderation: [],
  quota: ['unreachable', '429'],
  rate_limit: ['429'],
  region: ['unreachable'],
  credential: ['unreachable'],
  intermediary: ['unreachable'],
};
const ANY_OUTAGE: readonly FallbackCause[] = ['unreachable', 'timeout', '429', '5xx'];

/**
 * Judges a failure. An error of the client or of the gateway itself would recur at any deployment.
 */
export function judgeFailure(error: unknown, now = Date.now()): AttemptFailure {
  if (error instanceof UpstreamRejectedError) return judgeRejection(error, now);
  if (error instanceof QueueFullError) return { ...FINAL, causes: ['429'] };
  if (error instanceof UpstreamError) return judgeUpstreamError(error, now);
  return FINAL;
}

function judgeRejection(error: UpstreamRejectedError, now: number): AttemptFailure {
  const { status, reason, scope } = error;
  if (reason === 'context_length') return { ...FINAL, causes: ['context_length'] };
  if (scope === 'nobody') return FINAL;
  const isPassing = status === 429 && reason !== 'quota';
  const pauseMs = isPassing ? retryAfterMs(error.headers, now) : undefined;
  return { causes: ['429'], isPassing, isLocal: true, isRefusal: true, retryAfterMs: pauseMs };
}

function judgeUpstreamError(error: UpstreamError, now: number): AttemptFailure {
  const { reason, scope, upstreamStatus = 0 } = error;
  if (error.code === 'circuit_open') return { ...FINAL, causes: ANY_OUTAGE };
  if (reason === 'context_length') return { ...FINAL, causes: ['context_length'] };
  if (scope === 'nobody') return FINAL;
  const isProvokable = scope === 'one_call';
  const local = { isLocal: true, isProvokable, retryAfterMs: retryAfterMs(error.headers, now) };
  if (reason !== undefined) {
    return { ...local, causes: CAUSES_BY_REASON[reason], isPassing: error.isRetryable, isRefusal: true };
  }
  switch (error.code) {
    case 'connect_timeout':
    case 'upstream_unreachable':
      return { ...local, causes: ['unreachable'], isPassing: true };
    case 'upstream_stream_interrupted':
      return { ...local, causes: ['5xx'], isPassing: true };
    // A retry would take as long.
    case 'first_byte_timeout':
    case 'idle_timeout':
    case 'total_timeout':
      return { ...local, causes: ['timeout'], isPassing: false };
    // The service refuses the credential or does not have the model, so it cannot be used, for now
    // or permanently.
    case 'upstream_auth_failed':
    case 'upstream_login_failed':
    case 'upstream_not_found':
      return { ...local, causes: ['unreachable'], isPassing: false, isRefusal: true };
    case 'upstream_invalid_response':
      return { ...local, causes: ['5xx'], isPassing: false };
    case 'mapping_failed':
      return FINAL;
    // Without a status: an error event, or an error object under 200.
    case 'upstream_error':
      return { ...local, causes: [upstreamStatus === 408 ? 'timeout' : '5xx'], isPassing: error.isRetryable };
  }
}
