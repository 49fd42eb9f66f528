import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ServerConfig } from '../config/server.config.js';
import { ApiFailuresAs, type Failure } from './api-failures.js';
import {
  INTERNAL,
  INVALID_JSON,
  INVALID_KEY,
  LIMITS_REACHED,
  MODEL_NOT_ALLOWED,
  MODEL_NOT_FOUND,
  MODEL_NOT_PRICED,
  NOT_A_FORM,
  NOT_JSON,
  SHUTTING_DOWN,
  UPSTREAM_FAILURES,
  modelTooLate,
  tooLarge,
} from './failures.js';
import { MODEL_CALL_HEADERS, describeHeaders } from './response-headers.js';
import { type ErrorFormat } from '../protocol/errors/error-format.js';

/**
 * The documentation of a route whose wire format is defined elsewhere: the fields that the gateway
 * reads, and examples.
 */
export interface CallDocs {
  /** The group in which it is listed; default: `chat`. */
  readonly tag?: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  /** Required fields. */
  readonly required: readonly string[];
  /** JSON Schemas of the fields that the gateway reads. */
  readonly properties: Readonly<Record<string, object>>;
  readonly examples: Readonly<Record<string, { readonly summary: string; readonly value: object }>>;
  readonly response: object | string;
  /** The media type of a response that is not JSON, such as `audio/mpeg`. */
  readonly responseType?: string;
  /** Whether the request is a form, some of whose fields are files. */
  readonly isForm?: boolean;
  /** An example of a stream; undefined if there is none. */
  readonly stream?: string;
  readonly errors: ErrorFormat;
  /** Failures of such requests, in addition to those that all requests share. */
  readonly failures: readonly Failure[];
}

/** Swagger documentation of such a route. */
export function ApiCall(docs: CallDocs): MethodDecorator {
  const { operationId, summary, description, required, properties, examples, response, stream } = docs;
  const { responseType = 'application/json', isForm = false } = docs;
  const open = { type: 'object', additionalProperties: true };
  return applyDecorators(
    ApiTags(docs.tag ?? 'chat'),
    ApiOperation({ operationId, summary, description }),
    ...(isForm ? [ApiConsumes('multipart/form-data')] : []),
    ApiBody({ schema: { ...open, required: [...required], properties: { ...properties } }, examples }),
    ApiOkResponse({
      description: 'The response. 响应。',
      headers: describeHeaders(MODEL_CALL_HEADERS),
      content: {
        [responseType]: {
          schema: typeof response === 'string' ? { type: 'string' } : open,
          example: response,
        },
        ...(stream !== undefined && { 'text/event-stream': { schema: open, example: stream } }),
      },
    }),
    ApiFailuresAs(
      docs.errors,
      INVALID_JSON,
      ...docs.failures,
      ...INVALID_KEY,
      MODEL_NOT_ALLOWED,
      MODEL_NOT_PRICED,
      MODEL_NOT_FOUND,
      tooLarge(isForm ? new ServerConfig().upload_limit : new ServerConfig().body_limit),
      ...(isForm ? [modelTooLate(new ServerConfig().body_limit), NOT_A_FORM] : [NOT_JSON]),
      ...LIMITS_REACHED,
      ...UPSTREAM_FAILURES,
      INTERNAL,
      SHUTTING_DOWN,
    ),
  ) as MethodDecorator;
}
