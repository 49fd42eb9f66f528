import { Injectable } from '@nestjs/common';
import { type GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { credentialRefused } from '../../errors/credential-words.js';
import { errorOf, errorText } from '../../protocol/errors/error-shape.js';
import { isJsonObject, parseExactJson, parseJson, stringifyJson } from '../../protocol/json.js';
import { type AnswerSource, collectBeginning } from '../response/answer-source.js';
import { readSigns } from './failure-signs.js';
import { type ReadError, withCode } from './read-error.js';
import { redirectTarget } from './redirect-target.js';
import { statedDelay } from './retry-after.js';
import { isHtml } from '../response/response-headers.js';
import { SecretRedactor } from '../secret-redactor.js';
import { type UpstreamRequest } from '../upstream-request.js';
import { underOk, failureOf, redirected } from './failure-meaning.js';

/** How much of an error body is read, because a longer message would be truncated anyway. */
const MAX_ERROR_BODY_BYTES = 65_536;
/**
 * How long the gateway waits for an error body: the status contains most of the information, and
 * another deployment may respond meanwhile.
 */
const MAX_ERROR_BODY_MS = 5_000;
const MAX_MESSAGE_LENGTH = 2_000;

/** Finds the error in the bodies of one wire format. */
export interface ErrorReader {
  /** The error in the body of a failed call, a text or an object; undefined if there is none. */
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
   * Reads the rest of the response, within limits: even half of an error body may contain the
   * message.
   * @param dialect finds the error in the body
   */
  async from(exchange: AnswerSource, request: UpstreamRequest, dialect?: ErrorReader): Promise<GatewayError> {
    const text = await wordsOf(exchange);
    const body = parseJson(text);
    const said = await dialect?.explain(body, exchange, request);
    const upstreamError = this.#readError(said === undefined ? text : errorBody(said), request);
    const isPage = isHtml(exchange.headers['content-type']) || text.trimStart().startsWith('<');
    // The error that the dialect found takes precedence over the rest of the body.
    const signs = readSigns(said === undefined ? (body ?? text) : [said, body], request.saysContextLength);
    if (exchange.status >= 300 && exchange.status < 400) {
      const { location = '' } = exchange.headers;
      // Redacted before it is parsed, because parsing lower-cases the host, which would hide a
      // secret in it.
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

  /**
   * For a response that refuses the credential in a way of the service's own, under any status, 200
   * included.
   */
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
   * @param status the status that would fit the error
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
    // Parsed first, because JSON can write a secret in many ways, such as with `\/`.
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

/** A body that contains this error; empty if it cannot be serialised. */
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
