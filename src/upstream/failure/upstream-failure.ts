import { Injectable } from '@nestjs/common';
import { type GatewayError } from '../../errors/gateway-error.js';
import {
  type FailureReason,
  UpstreamError,
  type UpstreamErrorCode,
  UpstreamRejectedError,
} from '../../errors/upstream-errors.js';
import { credentialRefused } from '../../errors/credential-words.js';
import { errorOf, errorText } from '../../protocol/errors/error-shape.js';
import { isJsonObject, parseExactJson, parseJson, stringifyJson } from '../../protocol/json.js';
import { type AnswerSource, collectBeginning } from '../response/answer-source.js';
import { type FailureSigns, claimedStatus, readSigns } from './failure-signs.js';
import { type ReadError, withCode } from './read-error.js';
import { redirectTarget } from './redirect-target.js';
import { statedDelay } from './retry-after.js';
import { isHtml } from '../response/response-headers.js';
import { SecretRedactor } from '../secret-redactor.js';
import { type UpstreamRequest } from '../upstream-request.js';

/** How much of an error body is read: a longer message would be cut anyway. */
const MAX_ERROR_BODY_BYTES = 65_536;
/**
 * How long the gateway waits for an error body: the status says most of it, and another deployment may answer
 * meanwhile.
 */
const MAX_ERROR_BODY_MS = 5_000;
const MAX_MESSAGE_LENGTH = 2_000;

/** Statuses that blame the client, not the gateway or the upstream. */
const CLIENT_AT_FAULT: ReadonlySet<number> = new Set([400, 413, 415, 422, 429]);

/** The only 4xx for which the same request may succeed when sent again. */
const PASSING_4XX: ReadonlySet<number> = new Set([408, 409, 425, 429]);
/** The 5xx for which it will not: the service does not support the request. */
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

/** Finds the error in the bodies of one wire format. */
export interface ErrorReader {
  /** The error in the body of a failed call, a text or an object; undefined when there is none. */
  explain(
    body: unknown,
    answer: Pick<AnswerSource, 'status' | 'headers'>,
    request: UpstreamRequest,
  ): Promise<unknown>;
}

/** Turns an upstream's failed response into the error that the client gets. */
@Injectable()
export class UpstreamFailure {
  constructor(private readonly redactor: SecretRedactor) {}

  /**
   * Reads the rest of the response, within limits: even half an error body may hold the message.
   * @param dialect finds the error in the body
   */
  async from(exchange: AnswerSource, request: UpstreamRequest, dialect?: ErrorReader): Promise<GatewayError> {
    const text = await wordsOf(exchange);
    const body = parseJson(text);
    const said = await dialect?.explain(body, exchange, request);
    const upstreamError = this.#readError(said === undefined ? text : errorBody(said), request);
    const isPage = isHtml(exchange.headers['content-type']) || text.trimStart().startsWith('<');
    // The error that the dialect found comes first, then the rest of the body.
    const signs = readSigns(said === undefined ? (body ?? text) : [said, body], request.saysContextLength);
    if (exchange.status >= 300 && exchange.status < 400) {
      const { location = '' } = exchange.headers;
      // Redacted before it is parsed: parsing lower-cases the host, which would hide a secret in it.
      return redirected(
        exchange.status,
        redirectTarget(this.redactor.redact(location, request), request.url),
      );
    }
    return failureOf(exchange.status, signs, isPage, {
      ...withCode(upstreamError, body, signs),
      model: request.model,
      headers: { ...statedDelay(body), ...this.redactor.answerHeaders(exchange.headers, request) },
    });
  }

  /** For a response that refuses the credential in a way of the service's own, under any status, 200 included. */
  async fromRefusal(exchange: AnswerSource, request: UpstreamRequest): Promise<GatewayError> {
    const text = await wordsOf(exchange);
    const { message, upstreamError } = this.#readError(text, request);
    return new UpstreamError('upstream_auth_failed', credentialRefused(request.model, message), {
      upstreamStatus: exchange.status,
      upstreamError,
    });
  }

  /**
   * For an error under HTTP 200.
   * @param status that would have fitted the error
   * @param answer the whole body, if the error was a part of it
   */
  fromError(
    error: unknown,
    request: UpstreamRequest,
    status?: number,
    headers: AnswerSource['headers'] = {},
    answer?: unknown,
  ): GatewayError {
    const { message, upstreamError } = this.#readError(errorBody(error), request);
    const signs = readSigns([{ error }, answer], request.saysContextLength);
    const said = {
      message,
      upstreamError,
      model: request.model,
      headers: { ...statedDelay(answer ?? { error }), ...this.redactor.answerHeaders(headers, request) },
    };
    return status === undefined ? underOk(error, signs, said) : failureOf(status, signs, false, said);
  }

  #readError(text: string, request: UpstreamRequest): ReadError {
    // Parsed first: JSON can spell a secret in many ways, such as with `\/`.
    const body = this.redactor.redactValue(parseExactJson(text), request);
    if (!isJsonObject(body))
      return {
        message: cut(this.redactor.redact(errorText(typeof body === 'string' ? body : text), request)),
      };
    const error = body['error'];
    if (isJsonObject(error)) {
      const message = typeof error['message'] === 'string' ? cut(error['message']) : undefined;
      return { message, upstreamError: { param: null, code: null, ...error } };
    }
    for (const words of [error, body['message'], body['msg'], body['detail']]) {
      if (typeof words === 'string') return { message: cut(words) };
      if (words !== undefined && words !== null) return { message: cut(JSON.stringify(words)) };
    }
    const found = errorOf(body, true);
    const words = isJsonObject(found) ? found['message'] : found;
    return { message: cut(typeof words === 'string' ? words : JSON.stringify(body)) };
  }
}

async function wordsOf(exchange: AnswerSource): Promise<string> {
  return (await collectBeginning(exchange, MAX_ERROR_BODY_BYTES, MAX_ERROR_BODY_MS)).toString();
}

interface Failure extends ReadError {
  readonly headers: Record<string, string>;
  /** Name of the configured model. */
  readonly model?: string;
}

/**
 * What an error means that was already passed on to the client: for the log, and for judging the service.
 * @param event that reported it, parsed
 */
export function reportedInStream(error: unknown, event: unknown): GatewayError {
  const message = 'The upstream reported an error inside its stream.';
  return underOk(error, readSigns([{ error }, event]), { message, headers: {} });
}

/**
 * An error under HTTP 200 is a failed call. It is judged by what it states, and its status is never shown as
 * one that the upstream sent.
 */
function underOk(error: unknown, signs: FailureSigns, failure: Failure): GatewayError {
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

function failureOf(
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

function redirected(upstreamStatus: number, to?: string): UpstreamError {
  const target = to === undefined ? '' : ` to ${to}`;
  const message = `The upstream answered with a redirect${target}, which is not followed.`;
  return new UpstreamError('upstream_error', message, { upstreamStatus, isRetryable: false });
}

/**
 * The service's message; a message about the gateway's credential says whose it is, so that no client checks
 * its own key.
 */
function ownWords({ message, model }: Failure, reason: FailureReason | undefined): string | undefined {
  return reason === 'credential' ? credentialRefused(model, message) : message || undefined;
}

/** What the message and codes of an error mean under its status. */
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
      // The limit may hold for this request only, and not for those with another key.
      return reason === 'quota' || (isCertain && reason === 'context_length')
        ? signs
        : { reason: 'rate_limit', isCertain: false };
    case 451:
      return reason === undefined ? { reason: 'region', isCertain: true } : signs;
    default:
      // An overloaded service may mention limits; its status is enough.
      return status >= 500 && reason === 'rate_limit' ? NO_SIGNS : signs;
  }
}

/** Whether the gateway's access is at fault rather than the request, whatever the status is. */
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

/** A body that holds this error; empty where it cannot be serialised. */
function errorBody(error: unknown): string {
  try {
    return stringifyJson({ error });
  } catch {
    return '';
  }
}

function cut(text: string): string | undefined {
  if (text === '') return undefined;
  return text.length > MAX_MESSAGE_LENGTH ? `${text.slice(0, MAX_MESSAGE_LENGTH)}…` : text;
}
