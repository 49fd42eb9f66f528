import { UpstreamError, UpstreamRejectedError } from '../errors/upstream-errors.js';
import { type FallbackCause } from '../config/fallback.config.js';
import { QueueFullError } from '../errors/caller-errors.js';
import { retryAfterMs } from '../upstream/retry-after.js';

/** What a failed attempt says about further ones. */
export interface AttemptFailure {
  /** The words of `on:` that it falls under; none when no other model would do better. */
  readonly causes: readonly FallbackCause[];
  /** The same deployment may do better in a moment. */
  readonly isPassing: boolean;
  /** Another deployment of the same model may do better. */
  readonly isLocal: boolean;
  /** How long the upstream asks to be left alone. */
  readonly retryAfterMs: number | undefined;
  /** The deployment works, but not for us now: a limit, or a credential. No breakdown, so its breaker does not count it. */
  readonly isRefusal?: boolean;
}

const FINAL: AttemptFailure = { causes: [], isPassing: false, isLocal: false, retryAfterMs: undefined };
const ANY_OUTAGE: readonly FallbackCause[] = ['unreachable', 'timeout', '429', '5xx'];
/** How services say that a prompt does not fit, where they have no code for it. */
const SAYS_CONTEXT_LENGTH =
  /maximum context length|context[ _](?:length|window)[^.]{0,40}exceed|exceed[^.]{0,60}context (?:length|window)|prompt is too long/i;

/** Judges a failure. What the caller did wrong, and what is wrong here, would be wrong anywhere. */
export function judgeFailure(error: unknown, now = Date.now()): AttemptFailure {
  if (error instanceof UpstreamRejectedError) return judgeRejection(error, now);
  if (error instanceof QueueFullError) return { ...FINAL, causes: ['429'] };
  if (error instanceof UpstreamError) return judgeUpstreamError(error, now);
  return FINAL;
}

function judgeRejection(error: UpstreamRejectedError, now: number): AttemptFailure {
  if (error.status === 429) {
    return {
      causes: ['429'],
      isPassing: true,
      isLocal: true,
      isRefusal: true,
      retryAfterMs: retryAfterMs(error.headers, now),
    };
  }
  const { code, message } = error;
  const isTooLong =
    error.status === 400 && (code === 'context_length_exceeded' || SAYS_CONTEXT_LENGTH.test(message));
  return isTooLong ? { ...FINAL, causes: ['context_length'] } : FINAL;
}

function judgeUpstreamError(error: UpstreamError, now: number): AttemptFailure {
  const { upstreamStatus = 0 } = error;
  const local = { isLocal: true, retryAfterMs: retryAfterMs(error.headers, now) };
  switch (error.code) {
    case 'connect_timeout':
    case 'upstream_unreachable':
      return { ...local, causes: ['unreachable'], isPassing: true };
    case 'upstream_stream_interrupted':
      return { ...local, causes: ['5xx'], isPassing: true };
    // It would take as long once more.
    case 'first_byte_timeout':
    case 'idle_timeout':
    case 'total_timeout':
      return { ...local, causes: ['timeout'], isPassing: false };
    // No credential, or no such model there: the service cannot be used, for now or for good.
    case 'upstream_auth_failed':
    case 'upstream_login_failed':
    case 'upstream_not_found':
      return { ...local, causes: ['unreachable'], isPassing: false, isRefusal: true };
    case 'upstream_invalid_response':
      return { ...local, causes: ['5xx'], isPassing: false };
    case 'circuit_open':
      return { ...FINAL, causes: ANY_OUTAGE };
    case 'mapping_failed':
      return FINAL;
    case 'upstream_error': {
      if (saysContextLength(error)) return { ...FINAL, causes: ['context_length'] };
      if (upstreamStatus < 300 && saysCallerIsWrong(error)) return FINAL;
      if (upstreamStatus === 408) return { ...local, causes: ['timeout'], isPassing: true };
      // Without a status: an error event, or an error object under 200.
      return { ...local, causes: ['5xx'], isPassing: upstreamStatus >= 500 || upstreamStatus < 300 };
    }
  }
}

/** Without an honest status, the error object may tell. */
function saysCallerIsWrong({ upstreamCode }: UpstreamError): boolean {
  return typeof upstreamCode === 'number' && [400, 413, 415, 422].includes(upstreamCode);
}

/** Some services report it under HTTP 200, inside the answer. */
function saysContextLength(error: UpstreamError): boolean {
  return (
    error.upstreamCode === 'context_length_exceeded' ||
    (error.upstreamStatus === undefined && SAYS_CONTEXT_LENGTH.test(error.message))
  );
}
