import { type AttemptRecord } from '../calls/attempt-record.js';
import { UpstreamError, UpstreamRejectedError } from '../errors/upstream-errors.js';
import { type GatewayError } from '../errors/gateway-error.js';

/** A code that a program generated, as opposed to text that may quote a prompt. */
const IS_CODE = /^[\w.:/-]{1,80}$/;
/** A code of Node or of its HTTP client, such as `ECONNREFUSED`. */
const IS_SYSTEM_CODE = /^[A-Z][A-Z0-9_]{2,60}$/;
const MAX_CAUSES = 5;

/** Codes about a failure that programs generated; no free text. */
export interface MachineCodes {
  readonly upstream_status?: number;
  /** `error.code` and `error.type` of the service. */
  readonly upstream_code?: string;
  readonly upstream_type?: string;
  /** Code of the network failure. */
  readonly cause?: string;
}

/** One failed attempt as the log shows it. */
export interface FailedAttempt extends MachineCodes {
  readonly model: string;
  readonly deployment: string;
  readonly host?: string;
  readonly why: string;
  readonly error: string;
  readonly duration_ms: number;
  /** The service's message; only if the log may show it. */
  readonly message?: string;
}

/**
 * The failed attempts of a call, in order, with the machine codes of the services.
 * @param withWords whether the log may show the services' messages
 */
export function failedAttempts(attempts: readonly AttemptRecord[], withWords: boolean): FailedAttempt[] {
  return attempts.flatMap((attempt) => {
    const { model, deployment, host, why, error, failure, startMs, endMs = startMs } = attempt;
    if (error === undefined) return [];
    return {
      model,
      deployment,
      ...(host !== undefined && host !== '' && { host }),
      why,
      error,
      ...(failure !== undefined && machineCodes(failure)),
      duration_ms: Math.round((endMs - startMs) * 10) / 10,
      ...(withWords && failure !== undefined && { message: failure.message }),
    };
  });
}

export function machineCodes(failure: GatewayError): MachineCodes {
  const isOfUpstream = failure instanceof UpstreamError || failure instanceof UpstreamRejectedError;
  const { code, type } = (isOfUpstream ? failure.upstreamError : undefined) ?? {};
  const status = isOfUpstream ? failure.upstreamStatus : undefined;
  const [codeWord, typeWord, cause] = [codeIn(code), codeIn(type), causeOf(failure)];
  return {
    ...(status !== undefined && { upstream_status: status }),
    ...(codeWord !== undefined && { upstream_code: codeWord }),
    ...(typeWord !== undefined && { upstream_type: typeWord }),
    ...(cause !== undefined && { cause }),
  };
}

function codeIn(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && IS_CODE.test(text) ? text : undefined;
}

/** The first code in the chain of causes. */
function causeOf(failure: GatewayError): string | undefined {
  let cause: unknown = failure.cause;
  for (let depth = 0; depth < MAX_CAUSES && typeof cause === 'object' && cause !== null; depth += 1) {
    const { code, cause: further } = cause as { readonly code?: unknown; readonly cause?: unknown };
    if (typeof code === 'string' && IS_SYSTEM_CODE.test(code)) return code;
    cause = further;
  }
  return undefined;
}
