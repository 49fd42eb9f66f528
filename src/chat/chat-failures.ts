import { type Failure } from '../docs/api-failures.js';
import { InvalidRequestError, QueueFullError, TooManyBodiesError } from '../errors/caller-errors.js';
import { UpstreamError, UpstreamRejectedError } from '../errors/upstream-errors.js';

/** What the gateway itself finds wrong with a chat request, as Swagger UI shows it. */
export const INVALID_FIELDS: readonly Failure[] = [
  {
    summary: 'A field is missing',
    error: new InvalidRequestError(
      'missing_required_parameter',
      "Missing required parameter: 'messages'.",
      'messages',
    ),
  },
  {
    summary: 'A field of the wrong type',
    error: new InvalidRequestError(
      'invalid_type',
      "'stream' must be a boolean or null, not a string.",
      'stream',
    ),
  },
  {
    summary: 'A field with a wrong value',
    error: new InvalidRequestError(
      'invalid_value',
      "'max_tokens' must be a positive integer or null.",
      'max_tokens',
    ),
  },
];

/** Limits of the gateway's own, as Swagger UI shows them. */
export const LIMITS_REACHED: readonly Failure[] = [
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

/** How a model call fails, as Swagger UI shows it. */
export const UPSTREAM_FAILURES: readonly Failure[] = [
  {
    summary: "The model's service refuses the request",
    error: new UpstreamRejectedError(422, "'tools' is not supported by this model.", {
      upstreamError: { type: 'invalid_request_error', param: 'tools' },
    }),
  },
  {
    summary: "The model's service has had enough",
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
    summary: 'Left alone after many failures (with precise_error_status)',
    error: CIRCUIT_OPEN,
    status: CIRCUIT_OPEN.preciseStatus,
  },
];
