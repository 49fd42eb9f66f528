import {
  InvalidRequestError,
  ModelNotFoundError,
  QueueFullError,
  RequestTooLargeError,
} from '../../errors/caller-errors.js';
import { ApiKeyExpiredError, InvalidApiKeyError, ModelNotAllowedError } from '../../errors/access-errors.js';
import { InternalError, ShuttingDownError } from '../../errors/server-errors.js';
import { UpstreamError, UpstreamRejectedError } from '../../errors/upstream-errors.js';
import { MESSAGES_ERRORS } from './errors.js';
import { ThreadUnsupportedError } from './request/stateful.js';

describe('a failure in the format of Anthropic', () => {
  it.each([
    [new InvalidRequestError('invalid_value', 'x', 'messages'), 'invalid_request_error'],
    [new InvalidApiKeyError('x'), 'authentication_error'],
    [new ApiKeyExpiredError(), 'authentication_error'],
    [new ModelNotAllowedError('m'), 'permission_error'],
    [new ModelNotFoundError('m'), 'not_found_error'],
    [new RequestTooLargeError(5), 'invalid_request_error'],
    [new QueueFullError('m', false), 'rate_limit_error'],
    [new ShuttingDownError(), 'overloaded_error'],
    [new InternalError(), 'api_error'],
    [new UpstreamError('first_byte_timeout', 'x'), 'timeout_error'],
    [new UpstreamError('circuit_open', 'x'), 'overloaded_error'],
    [new UpstreamError('upstream_error', 'x', { upstreamStatus: 529 }), 'overloaded_error'],
    [new UpstreamError('upstream_error', 'x', { upstreamStatus: 500 }), 'api_error'],
    [new UpstreamError('upstream_auth_failed', 'x', { upstreamStatus: 401 }), 'api_error'],
    [new UpstreamRejectedError(429, 'x'), 'rate_limit_error'],
    [
      new UpstreamRejectedError(422, 'x', { upstreamError: { type: 'BadRequestError' } }),
      'invalid_request_error',
    ],
    [new UpstreamRejectedError(400, 'x', { upstreamError: { type: 'billing_error' } }), 'billing_error'],
  ])('%s: %s', (error, type) => {
    const { code, message } = error;
    expect(MESSAGES_ERRORS.body(error, 'req-1')).toMatchObject({
      type: 'error',
      error: { type, message, ...(code !== null && { details: { error_code: code } }) },
      request_id: 'req-1',
    });
  });

  it('reports a prompt that is too long so that Claude Code compacts, with the message of the service', () => {
    const details = { reason: 'context_length' as const };
    const message = (words: string) =>
      (MESSAGES_ERRORS.body(new UpstreamRejectedError(400, words, details))['error'] as { message: string })
        .message;
    expect(message("This model's maximum context length is 5 tokens.")).toBe(
      "prompt is too long: This model's maximum context length is 5 tokens.",
    );
    expect(message('prompt is too long: 9 tokens > 5 maximum')).toBe(
      'prompt is too long: 9 tokens > 5 maximum',
    );
  });

  it('names the unsupported field so that SDKs go on without a thread', () => {
    expect(MESSAGES_ERRORS.body(new ThreadUnsupportedError())).toMatchObject({
      error: {
        type: 'invalid_request_error',
        details: { error_code: 'thread_unsupported_request', unsupported: ['thread'] },
      },
      request_id: null,
    });
  });

  it('keeps the details from a service of this format, and names the field at fault', () => {
    const upstreamError = {
      type: 'invalid_request_error',
      message: 'x',
      details: { error_code: 'thread_not_found', more: 1 },
    };
    const body = (error: UpstreamRejectedError | InvalidRequestError) => MESSAGES_ERRORS.body(error)['error'];
    expect(body(new UpstreamRejectedError(400, 'x', { upstreamError }))).toEqual(upstreamError);
    expect(body(new InvalidRequestError('invalid_type', 'x', 'tools'))).toMatchObject({
      details: { error_code: 'invalid_type', param: 'tools' },
    });
    expect(body(new UpstreamRejectedError(400, 'x'))).toEqual({
      type: 'invalid_request_error',
      message: 'x',
    });
  });

  it('has a status of its own for what is overloaded', () => {
    expect(MESSAGES_ERRORS.status(new ShuttingDownError(), 503)).toBe(529);
    expect(MESSAGES_ERRORS.status(new UpstreamError('circuit_open', 'x'), 500)).toBe(500);
    expect(MESSAGES_ERRORS.status(new InvalidApiKeyError('x'), 401)).toBe(401);
  });
});
