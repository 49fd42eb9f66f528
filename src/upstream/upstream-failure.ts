import { Injectable } from '@nestjs/common';
import { type GatewayError } from '../errors/gateway-error.js';
import { UpstreamError, type UpstreamErrorCode, UpstreamRejectedError } from '../errors/upstream-errors.js';
import { isJsonObject, parseJson } from '../protocol/json.js';
import { type AnswerDialect } from './answer-dialect.js';
import { answerHeaders } from './answer-headers.js';
import { type AnswerSource } from './answer-source.js';
import { SecretRedactor } from './secret-redactor.js';
import { type UpstreamRequest } from './upstream-request.js';

/** An error body beyond this is not read on: its message would be cut anyway. */
const MAX_ERROR_BODY_BYTES = 65_536;
const MAX_MESSAGE_LENGTH = 2_000;
/** What an error nests deeper is left out: JSON that can be read may be too deep to be written again. */
const MAX_DEPTH = 20;

/** Statuses by which an upstream says that the caller is at fault, not the gateway or the upstream. */
const CALLER_AT_FAULT: ReadonlySet<number> = new Set([400, 413, 415, 422, 429]);

/** Turns an upstream's failed answer into the error that the caller gets. */
@Injectable()
export class UpstreamFailure {
  constructor(private readonly redactor: SecretRedactor) {}

  /**
   * Reads the rest of the answer, within the call's clocks.
   * @param dialect knows where the service writes what went wrong
   */
  async from(
    exchange: AnswerSource,
    request: UpstreamRequest,
    dialect?: AnswerDialect,
  ): Promise<GatewayError> {
    const text = await exchange.readAll(MAX_ERROR_BODY_BYTES).then(String, () => '');
    const said = await dialect?.explain(parseJson(text), exchange, request);
    const upstreamError = this.#readError(said === undefined ? text : errorBody(said), request);
    return failureOf(exchange.status, {
      ...upstreamError,
      headers: answerHeaders(exchange.headers),
    });
  }

  /** The answer says that the credential is refused, in a way of its own: under any status, 200 too. */
  async fromRefusal(exchange: AnswerSource, request: UpstreamRequest): Promise<GatewayError> {
    const text = await exchange.readAll(MAX_ERROR_BODY_BYTES).then(String, () => '');
    const { message, upstreamError } = this.#readError(text, request);
    return new UpstreamError('upstream_auth_failed', message ?? 'The upstream refuses the credential.', {
      upstreamStatus: exchange.status,
      upstreamError,
    });
  }

  /**
   * An error that came under HTTP 200, as the answer itself.
   * @param status what it would have been under an honest status
   */
  fromError(
    error: unknown,
    request: UpstreamRequest,
    status?: number,
    headers: AnswerSource['headers'] = {},
  ): GatewayError {
    const { message, upstreamError } = this.#readError(errorBody(error), request);
    if (status !== undefined) {
      return failureOf(status, { message, upstreamError, headers: answerHeaders(headers) });
    }
    return new UpstreamError('upstream_error', message ?? 'The upstream answered with an error.', {
      upstreamError,
    });
  }

  #readError(
    text: string,
    { credential, credentials }: UpstreamRequest,
  ): { message?: string; upstreamError?: Record<string, unknown> } {
    const redact = (words: string): string => this.redactor.redact(words, credential, credentials);
    // Parsed first: in JSON a secret can be spelled in many ways, such as with `\/`.
    const body = cleaned(parseJson(text), redact);
    if (!isJsonObject(body)) return { message: cut((typeof body === 'string' ? body : redact(text)).trim()) };
    const error = body['error'];
    if (isJsonObject(error)) {
      const message = typeof error['message'] === 'string' ? cut(error['message']) : undefined;
      return { message, upstreamError: { param: null, code: null, ...error } };
    }
    for (const words of [error, body['message'], body['msg'], body['detail']]) {
      if (typeof words === 'string') return { message: cut(words) };
      if (words !== undefined && words !== null) return { message: cut(JSON.stringify(words)) };
    }
    return { message: cut(JSON.stringify(body)) };
  }
}

interface Failure {
  readonly message?: string;
  readonly upstreamError?: Record<string, unknown>;
  readonly headers: Record<string, string>;
}

function failureOf(status: number, failure: Failure): GatewayError {
  const message = failure.message || `The upstream answered HTTP ${status}.`;
  if (CALLER_AT_FAULT.has(status)) return new UpstreamRejectedError(status, message, failure);
  const details = { ...failure, upstreamStatus: status };
  if (status >= 300 && status < 400) {
    return new UpstreamError(
      'upstream_error',
      'The upstream answered with a redirect, which is not followed.',
      {
        upstreamStatus: status,
      },
    );
  }
  return new UpstreamError(codeOf(status), message, details);
}

function codeOf(status: number): UpstreamErrorCode {
  if (status === 401 || status === 403) return 'upstream_auth_failed';
  if (status === 404) return 'upstream_not_found';
  return 'upstream_error';
}

/** A body that holds this error; empty where it cannot be written down. */
function errorBody(error: unknown): string {
  try {
    return JSON.stringify({ error });
  } catch {
    return '';
  }
}

/** The value without secrets, and without what is nested too deep. */
function cleaned(value: unknown, redact: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((item) => cleaned(item, redact, depth + 1));
  const entries = Object.entries(value).map(([key, child]) => [
    redact(key),
    cleaned(child, redact, depth + 1),
  ]);
  return Object.fromEntries(entries) as unknown;
}

function cut(text: string): string | undefined {
  if (text === '') return undefined;
  return text.length > MAX_MESSAGE_LENGTH ? `${text.slice(0, MAX_MESSAGE_LENGTH)}…` : text;
}
