import { ApiSchema } from '@nestjs/swagger';
import { OPEN } from '../schema-kinds.js';

/** Why a call failed. Wire format: https://platform.openai.com/docs/guides/error-codes */
@ApiSchema({ name: 'Error', ...OPEN })
export class ErrorDto {
  /** For people to read. */
  message: string;
  /** The kind: `invalid_request_error`, `rate_limit_error`, `upstream_error` or `server_error`. */
  type: string;
  /** The invalid field, if there is one. */
  param: string | null;
  /** For programs to compare. */
  code: string | null;
}

/** The body of every error response: all four keys of `error` are always present. */
@ApiSchema({ name: 'ErrorBody' })
export class ErrorBodyDto {
  error: ErrorDto;
}
