import { GatewayError } from './gateway-error.js';
import { shown } from './shown-text.js';

export const INVALID_REQUEST = 'invalid_request_error';

/** 400: the request is invalid; `param` names the field at fault. */
export class InvalidRequestError extends GatewayError {
  constructor(
    code: 'invalid_json' | 'missing_required_parameter' | 'invalid_type' | 'invalid_value',
    message: string,
    param?: string,
    cause?: unknown,
  ) {
    super(message, {
      status: 400,
      type: INVALID_REQUEST,
      code,
      param: param === undefined ? undefined : shown(param),
      cause,
    });
  }
}

/** 400: the request continues an earlier response, which the gateway does not store; the code is OpenAI's own. */
export class PreviousResponseNotFoundError extends GatewayError {
  constructor() {
    super(
      'No response is kept here that another one could continue. Send the whole conversation as input, without previous_response_id.',
      {
        status: 400,
        type: INVALID_REQUEST,
        code: 'previous_response_not_found',
        param: 'previous_response_id',
      },
    );
  }
}

/** 404: the model's service does not support this operation. */
export class OperationNotSupportedError extends GatewayError {
  /** @param supported the operations that the model supports */
  constructor(model: string, operation: string, supported: readonly string[]) {
    super(
      `The model '${shown(model)}' does not support the operation '${operation}'. It supports: ${supported.join(', ')}.`,
      { status: 404, type: INVALID_REQUEST, code: 'operation_not_supported', param: 'model' },
    );
  }
}

/** 404: no enabled model has this name. */
export class ModelNotFoundError extends GatewayError {
  constructor(model: string) {
    super(`The model '${shown(model)}' does not exist. GET /v1/models lists the models you can use.`, {
      status: 404,
      type: INVALID_REQUEST,
      code: 'model_not_found',
      param: 'model',
    });
  }
}

/** 404: no such route. */
export class RouteNotFoundError extends GatewayError {
  /** @param advice further sentences: what was probably meant, or what to use instead */
  constructor(method: string, path: string, advice?: string) {
    super(`Unknown route: ${method} ${shown(path)}${advice === undefined ? '' : `. ${advice}`}`, {
      status: 404,
      type: INVALID_REQUEST,
      code: 'not_found',
    });
  }
}

/** 405: the route exists, the method does not; `allowed` goes into the `Allow` header. */
export class MethodNotAllowedError extends GatewayError {
  /** @param intended the route that was probably meant */
  constructor(method: string, path: string, allowed: readonly string[], intended?: string) {
    super(
      `${method} is not allowed on ${shown(path)}. Allowed: ${allowed.join(', ')}.${intended === undefined ? '' : ` ${didYouMean(intended)}`}`,
      {
        status: 405,
        type: INVALID_REQUEST,
        code: 'method_not_allowed',
        headers: { allow: allowed.join(', ') },
      },
    );
  }
}

/** @param intended such as `POST /v1/chat/completions` */
export function didYouMean(intended: string): string {
  return `Did you mean ${intended}?`;
}

/** 413: the body is longer than `server.body_limit`. */
export class RequestTooLargeError extends GatewayError {
  constructor(limitBytes: number) {
    super(`The request body is larger than the limit of ${limitBytes} bytes.`, {
      status: 413,
      type: INVALID_REQUEST,
      code: 'request_too_large',
    });
  }
}

/** 413: more than `server.body_limit` of a form precedes the field that names its model. */
export class ModelTooLateError extends GatewayError {
  constructor(limitBytes: number) {
    super(
      `The form holds more than ${limitBytes} bytes before its field 'model' (server.body_limit). Put 'model' first.`,
      { status: 413, type: INVALID_REQUEST, code: 'request_too_large', param: 'model' },
    );
  }
}

/** 413: the JSON has more values than `server.json_values_limit`. */
export class TooManyValuesError extends GatewayError {
  constructor(limit: number) {
    super(`The request body has more than ${limit} JSON values (server.json_values_limit).`, {
      status: 413,
      type: INVALID_REQUEST,
      code: 'request_too_large',
    });
  }
}

/** 408: no byte of the body arrived for `server.body_idle_seconds`. The connection is closed. */
export class RequestTimeoutError extends GatewayError {
  constructor() {
    super('The request body stopped arriving.', {
      status: 408,
      type: INVALID_REQUEST,
      code: 'request_timeout',
      headers: { connection: 'close' },
    });
  }
}

/** 429: request bodies already take `server.bodies_limit` bytes, or those of one client take its share. */
export class TooManyBodiesError extends GatewayError {
  constructor() {
    super('The gateway has no room for another request body (server.bodies_limit). Please retry.', {
      status: 429,
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
      headers: { 'retry-after': '1' },
    });
  }
}

/** 415: the body is not JSON, or its encoding is not supported. */
export class UnsupportedMediaTypeError extends GatewayError {
  constructor(message: string) {
    super(message, { status: 415, type: INVALID_REQUEST, code: 'unsupported_media_type' });
  }
}

/** 429: the model's concurrency limit is reached, and its queue is full or the wait was too long. */
export class QueueFullError extends GatewayError {
  constructor(model: string, hasWaited: boolean) {
    super(
      hasWaited
        ? `The model '${model}' is busy, and no slot became free in time. Please retry.`
        : `The model '${model}' is busy, and its queue is full. Please retry.`,
      { status: 429, type: 'rate_limit_error', code: 'queue_full', headers: { 'retry-after': '1' } },
    );
  }
}

/** 429: all expression evaluators are busy, and their queue is full. */
export class EvaluatorsBusyError extends GatewayError {
  constructor(cause?: unknown) {
    super("The gateway is too busy to evaluate the model's expressions. Please retry.", {
      status: 429,
      type: 'rate_limit_error',
      code: 'queue_full',
      headers: { 'retry-after': '1' },
      cause,
    });
  }
}

/** 400, 408, 417, 431: the HTTP request is malformed, unacceptable or too slow. */
export class BrokenRequestError extends GatewayError {
  constructor(status: 400 | 408 | 417 | 431, code: 'invalid_value' | 'request_timeout', message: string) {
    super(message, { status, type: INVALID_REQUEST, code });
  }
}

/** The client closed the connection and receives no response; only the log shows 499. */
export class CallerLeftError extends GatewayError {
  constructor(
    code: 'client_closed_request' | 'client_read_timeout' = 'client_closed_request',
    message = 'The client closed the connection before the response was complete.',
  ) {
    super(message, { status: 499, type: INVALID_REQUEST, code });
  }
}

/** The client read nothing of its response for too long and was disconnected; only the log shows 499. */
export class ClientStalledError extends CallerLeftError {
  constructor() {
    super('client_read_timeout', 'The client did not read its response in time.');
  }
}
