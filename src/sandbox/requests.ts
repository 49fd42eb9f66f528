import { type IncomingMessage, type ServerResponse } from 'node:http';
import { FaultFormatError } from './faults/fault-parser.js';
import { JSON_TYPE } from './response/intended-answer.js';
import { RequestProblem, errorBody } from './request-problem.js';

export const MAX_BODY_BYTES = 64 * 1024 * 1024;
const VERSION = /\/v\d+(?:beta)?\//;

/**
 * A `base_url` works with and without a version. With a name before the version, one sandbox can
 * represent many services.
 */
export function withoutVersion(path: string): string {
  const version = path.indexOf('/v1/');
  if (version !== -1) return path.slice(version + 3);
  const [found] = VERSION.exec(path) ?? [];
  return found === undefined ? path : path.slice(path.indexOf(found) + found.length - 1);
}

export function sendJson(response: ServerResponse, json: string, status = 200): void {
  response.writeHead(status, { 'content-type': JSON_TYPE, 'content-length': Buffer.byteLength(json) });
  response.end(json);
}

export function refuse(response: ServerResponse, error: unknown): void {
  if (error instanceof RequestProblem) return sendJson(response, error.toJson(), error.status);
  if (error instanceof FaultFormatError) {
    const body = errorBody(error.message, 'invalid_request_error', 'invalid_sandbox_fault');
    return sendJson(response, body, 400);
  }
  const message = error instanceof Error ? error.message : String(error);
  sendJson(
    response,
    errorBody(`The sandbox itself failed: ${message}`, 'server_error', 'sandbox_error'),
    500,
  );
}

export function refuseLength(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => request.destroy());
  refuse(
    response,
    new RequestProblem(413, `The sandbox accepts at most ${MAX_BODY_BYTES} bytes.`, 'request_too_large'),
  );
}

/** The key, from the header that the format of the request uses. */
export function bearerOf({ headers }: IncomingMessage): string | undefined {
  const key = headers['x-api-key'] ?? headers['x-goog-api-key'];
  return headers.authorization ?? (typeof key === 'string' ? `Bearer ${key}` : undefined);
}
