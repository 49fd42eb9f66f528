import {
  AdminRequiredError,
  InvalidApiKeyError,
  InvalidRequestError,
  KeyNotAllowedError,
  ModelNotAllowedError,
  ModelNotFoundError,
  RequestTooLargeError,
  UnsupportedMediaTypeError,
} from '../errors/caller-errors.js';
import { InternalError, ShuttingDownError } from '../errors/server-errors.js';
import { type Failure } from './api-failures.js';

export const MALFORMED_PATH: Failure = {
  summary: 'A broken % in the path',
  error: new InvalidRequestError('invalid_value', 'The path is malformed.'),
};

export const INVALID_JSON: Failure = {
  summary: 'Not JSON',
  error: new InvalidRequestError('invalid_json', 'The request body is not valid JSON.'),
};

export const INVALID_KEY: readonly Failure[] = [
  { summary: 'A wrong key', error: new InvalidApiKeyError('Incorrect API key.') },
  {
    summary: 'No key',
    error: new InvalidApiKeyError("No API key given. Send it as 'Authorization: Bearer YOUR_KEY'."),
  },
];

export const MODEL_NOT_ALLOWED: Failure = {
  summary: "Not one of the key's models",
  error: new ModelNotAllowedError('gpt-4'),
};

export const ADMIN_REQUIRED: Failure = {
  summary: 'A forced test with a key that is not an admin key',
  error: new AdminRequiredError('force'),
};

export const KEY_NOT_ALLOWED: Failure = {
  summary: 'A key for some models only',
  error: new KeyNotAllowedError(),
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

export const INTERNAL: Failure = { summary: "A fault of the gateway's own", error: new InternalError() };

export const SHUTTING_DOWN: Failure = { summary: 'Shutting down', error: new ShuttingDownError() };

/** @param limitBytes how long the route's body may be */
export const tooLarge = (limitBytes: number): Failure => ({
  summary: 'Too large',
  error: new RequestTooLargeError(limitBytes),
});
