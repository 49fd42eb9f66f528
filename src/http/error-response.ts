import { type OutgoingHttpHeaders } from 'node:http';
import { type GatewayError } from '../errors/gateway-error.js';
import { type GatewayResponse } from './gateway-http.js';

/** Writes a failure as a complete response. @param headers in addition to the failure's own */
export function writeError(
  res: GatewayResponse,
  error: GatewayError,
  status: number,
  headers: OutgoingHttpHeaders = {},
): void {
  const body = Buffer.from(JSON.stringify(res.record.errorFormat.body(error)));
  res.writeHead(status, {
    ...error.headers,
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
  });
  res.end(res.req.method === 'HEAD' ? undefined : body);
}
