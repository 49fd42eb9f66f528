import {
  InvalidRequestError,
  ModelNotFoundError,
  ModelTooLateError,
  QueueFullError,
  RequestTooLargeError,
  TooManyBodiesError,
  UnsupportedMediaTypeError,
} from '../errors/caller-errors.js';
import {
  ApiKeyExpiredError,
  InvalidApiKeyError,
  ModelNotAllowedError,
  ModelNotPricedError,
} from '../errors/access-errors.js';
import { BudgetExceededError, RateLimitExceededError } from '../errors/limit-errors.js';
import { InternalError, ShuttingDownError } from '../errors/server-errors.js';
import { UpstreamError, UpstreamRejectedError } from '../errors/upstream-errors.js';
import { type Failure } from './api-failures.js';

export const INVALID_JSON: Failure = {
  summary: 'Not JSON',
  error: new InvalidRequestError('invalid_json', 'The request body is not valid JSON.'),
};

export const INVALID_KEY: readonly Failure[] = [
  { summary: 'An invalid key', error: new InvalidApiKeyError('Incorrect API key.') },
  {
    summary: 'No key',
    error: new InvalidApiKeyError("No API key given. Send it as 'Authorization: Bearer YOUR_KEY'."),
  },
  { summary: 'A key that has expired', error: new ApiKeyExpiredError() },
];

export const MODEL_NOT_ALLOWED: Failure = {
  summary: "Not one of the key's models",
  error: new ModelNotAllowedError('gpt-4'),
};

export const MODEL_NOT_PRICED: Failure = {
  summary: 'A budget, and a model whose price is not known',
  error: new ModelNotPricedError('gpt-4', 'key', 'search-bot'),
};

export const MODEL_NOT_FOUND: Failure = {
  summary: 'Unknown or disabled model',
  error: new ModelNotFoundError('no-such-model'),
};

export const NOT_JSON: Failure = {
  summary: 'Another content type',
  error: new UnsupportedMediaTypeError(
    "The request body must be JSON: send 'content-type: application/json'.",
  ),
};

export const NOT_A_FORM: Failure = {
  summary: 'Another content type',
  error: new UnsupportedMediaTypeError(
    "The request body must be a form: send 'content-type: multipart/form-data'.",
  ),
};

export const INTERNAL: Failure = { summary: 'A fault in the gateway', error: new InternalError() };

export const SHUTTING_DOWN: Failure = { summary: 'Shutting down', error: new ShuttingDownError() };

/** @param limitBytes how much of a form may precede its model */
export const modelTooLate = (limitBytes: number): Failure => ({
  summary: 'The model comes behind a large file',
  error: new ModelTooLateError(limitBytes),
});

/** @param limitBytes largest body of the route */
export const tooLarge = (limitBytes: number): Failure => ({
  summary: 'Too large',
  error: new RequestTooLargeError(limitBytes),
});

/** Failures by limits of the gateway that apply to model calls. */
export const LIMITS_REACHED: readonly Failure[] = [
  {
    summary: "A limit of the client's key or team",
    error: new RateLimitExceededError(
      'requests',
      { holder: 'key', name: 'search-bot', limit: 60, asked: 1 },
      12_000,
    ),
  },
  {
    summary: "The budget of the client's key or team",
    error: new BudgetExceededError(
      { holder: 'team', name: 'search', limit: 200, asked: 0.02 },
      { per: 'month', renewedAt: new Date(Date.UTC(2027, 0, 1)), isUsedUp: false, isReserved: false },
    ),
  },
  { summary: 'Too many calls of this model', error: new QueueFullError('gpt-3.5-turbo', false) },
  { summary: 'Too many request bodies at once', error: new TooManyBodiesError() },
];

const UNREACHABLE = new UpstreamError(
  'upstream_unreachable',
  'The connection to the upstream failed (ECONNREFUSED).',
);
const TIMED_OUT = new UpstreamError('total_timeout', 'The call took longer than timeouts.total_seconds.');
const CIRCUIT_OPEN = new UpstreamError(
  'circuit_open',
  'The upstream failed too often and is left alone for a while.',
);

/** Failures of a model call at the upstream. */
export const UPSTREAM_FAILURES: readonly Failure[] = [
  {
    summary: "The model's service refuses the request",
    error: new UpstreamRejectedError(422, "'tools' is not supported by this model.", {
      upstreamError: { type: 'invalid_request_error', param: 'tools' },
    }),
  },
  {
    summary: "The model's service limits the rate",
    error: new UpstreamRejectedError(429, 'Rate limit reached for requests per minute.', {
      headers: { 'retry-after': '20' },
      upstreamError: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
    }),
  },
  {
    summary: "The model's service failed",
    error: new UpstreamError('upstream_error', 'The server had an error while processing your request.', {
      upstreamStatus: 500,
    }),
  },
  {
    summary: "The model's service refuses the gateway's credential",
    error: new UpstreamError('upstream_auth_failed', 'The upstream refused the credential.', {
      upstreamStatus: 401,
    }),
  },
  {
    summary: "The login at the model's service failed",
    error: new UpstreamError('upstream_login_failed', 'The login was refused.', { upstreamStatus: 401 }),
  },
  { summary: 'Not reachable', error: UNREACHABLE },
  { summary: 'Too slow', error: TIMED_OUT },
  { summary: 'Not reachable', error: UNREACHABLE, status: UNREACHABLE.preciseStatus },
  { summary: 'Too slow', error: TIMED_OUT, status: TIMED_OUT.preciseStatus },
  {
    summary: 'Circuit breaker open after many failures (with precise_error_status)',
    error: CIRCUIT_OPEN,
    status: CIRCUIT_OPEN.preciseStatus,
  },
];
