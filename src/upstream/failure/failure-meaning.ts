import { type GatewayError } from '../../errors/gateway-error.js';
import {
  type FailureReason,
  UpstreamError,
  type UpstreamErrorCode,
  UpstreamRejectedError,
} from '../../errors/upstream-errors.js';
import { credentialRefused } from '../../errors/credential-words.js';
import { type FailureSigns, claimedStatus, readSigns } from './failure-signs.js';
import { type ReadError } from './read-error.js';

/** Statuses that blame the client, not the gateway or the upstream. */
const CLIENT_AT_FAULT: ReadonlySet<number> = new Set([400, 413, 415, 422, 429]);

/** The only 4xx for which the same request may succeed when sent again. */
const PASSING_4XX: ReadonlySet<number> = new Set([408, 409, 425, 429]);
/** The 5xx for which it will not, because the service does not support the request. */
const LASTING_5XX: ReadonlySet<number> = new Set([501, 505]);

/** The status that fits a reason, for errors under HTTP 200. */
const HONEST_STATUS: Readonly<Record<FailureReason, number>> = {
  context_length: 400,
  moderation: 400,
  quota: 402,
  rate_limit: 429,
  region: 403,
  credential: 401,
  intermediary: 403,
};
const NO_SIGNS: FailureSigns = { reason: undefined, isCertain: false };

interface Failure extends ReadError {
  readonly headers: Record<string, string>;
  /** Name of the configured model. */
  readonly model?: string;
}

/**
 * The meaning of an error that was already passed on to the client: for the log, and for judging
 * the service.
 * @param event the parsed event that reported it
 */
export function reportedInStream(error: unknown, event: unknown): GatewayError {
  const message = 'The upstream reported an error inside its stream.';
  return underOk(error, readSigns([{ error }, event]), { message, headers: {} });
}

/**
 * An error under HTTP 200 is a failed call. It is judged by its contents, and its status is never
 * shown as one that the upstream sent.
 */
export function underOk(error: unknown, signs: FailureSigns, failure: Failure): GatewayError {
  const { reason } = signs;
  const message = ownWords(failure, reason) ?? 'The upstream responded with an error.';
  const status = claimedStatus(error) ?? (reason === undefined ? undefined : HONEST_STATUS[reason]);
  if (status === undefined) return new UpstreamError('upstream_error', message, failure);
  const meant = failureOf(status, signs, false, failure);
  return new UpstreamError(meant instanceof UpstreamError ? meant.code : 'upstream_error', message, {
    ...failure,
    reason: meant.reason,
    scope: meant.scope,
    isRetryable: meant.scope !== 'nobody' && meant.isRetryable,
  });
}

export function failureOf(
  status: number,
  signs: FailureSigns,
  isPage: boolean,
  failure: Failure,
): UpstreamError | UpstreamRejectedError {
  if (status >= 300 && status < 400) return redirected(status);
  const { reason, isCertain } = signsUnder(status, signs, isPage);
  const message = ownWords(failure, reason) ?? `The upstream answered HTTP ${status}.`;
  const isOfRequest = reason === 'context_length' || reason === 'moderation';
  const details = {
    ...failure,
    reason,
    ...(isOfRequest && { scope: 'nobody' as const }),
    ...(reason !== undefined &&
      !isOfRequest && { scope: isCertain ? ('everyone' as const) : ('one_call' as const) }),
  };
  if (CLIENT_AT_FAULT.has(status) && (status === 429 || !isOfAccess(reason))) {
    return new UpstreamRejectedError(status, message, { ...details, isRetryable: reason !== 'quota' });
  }
  return new UpstreamError(codeOf(status, reason), message, {
    ...details,
    upstreamStatus: status,
    isRetryable: reason === undefined && mayPass(status),
  });
}

export function redirected(upstreamStatus: number, to?: string): UpstreamError {
  const target = to === undefined ? '' : ` to ${to}`;
  const message = `The upstream answered with a redirect${target}, which is not followed.`;
  return new UpstreamError('upstream_error', message, { upstreamStatus, isRetryable: false });
}

/**
 * The service's message. A message about the gateway's credential says whose it is, so that no
 * client checks its own key.
 */
function ownWords({ message, model }: Failure, reason: FailureReason | undefined): string | undefined {
  return reason === 'credential' ? credentialRefused(model, message) : message || undefined;
}

/** The meaning of an error's message and codes under its status. */
function signsUnder(status: number, signs: FailureSigns, isPage: boolean): FailureSigns {
  const { reason, isCertain } = signs;
  switch (status) {
    case 401:
      return { reason: 'credential', isCertain: true };
    case 402:
      return { reason: 'quota', isCertain: true };
    case 403:
      if (reason !== undefined) return signs;
      return isPage
        ? { reason: 'intermediary', isCertain: false }
        : { reason: 'credential', isCertain: false };
    case 407:
      return { reason: 'intermediary', isCertain: true };
    case 429:
      // The limit may apply to this request only, and not to those with another key.
      return reason === 'quota' || (isCertain && reason === 'context_length')
        ? signs
        : { reason: 'rate_limit', isCertain: false };
    case 451:
      return reason === undefined ? { reason: 'region', isCertain: true } : signs;
    default:
      // An overloaded service may mention limits; its status suffices.
      return status >= 500 && reason === 'rate_limit' ? NO_SIGNS : signs;
  }
}

/** Whether the gateway's access is at fault rather than the request, whatever the status. */
function isOfAccess(reason: FailureReason | undefined): boolean {
  return reason === 'quota' || reason === 'region' || reason === 'credential';
}

function codeOf(status: number, reason: FailureReason | undefined): UpstreamErrorCode {
  if (reason === 'credential') return 'upstream_auth_failed';
  return status === 404 ? 'upstream_not_found' : 'upstream_error';
}

/** Whether the same request may succeed shortly afterwards. */
function mayPass(status: number): boolean {
  return status >= 500 ? !LASTING_5XX.has(status) : PASSING_4XX.has(status);
}
