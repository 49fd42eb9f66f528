import { type OutgoingHttpHeaders } from 'node:http';
import { withOwnLimits } from '../calls/gateway-headers.js';
import { wantedDialect } from '../dialects/client-dialects.js';
import { errorPage } from '../errors/error-page.js';
import { type GatewayError } from '../errors/gateway-error.js';
import { type ErrorFormat, OPENAI_ERRORS } from '../protocol/errors/error-format.js';
import { type GatewayResponse } from './gateway-http.js';

/**
 * Writes a failure as a complete response.
 * @param headers in addition to the failure's own headers
 */
export function writeError(
  res: GatewayResponse,
  error: GatewayError,
  status: number,
  headers: OutgoingHttpHeaders = {},
): void {
  const { record } = res;
  const dialect = wantedDialect(record.path, res.req.headers);
  const format: ErrorFormat = dialect?.errors ?? OPENAI_ERRORS;
  const body = Buffer.from(JSON.stringify(format.body(error, record.requestId)));
  res.writeHead(format.status?.(error, status) ?? status, {
    ...withOwnLimits(error.headers, record),
    ...headers,
    ...(dialect?.requestIdHeader !== undefined && { [dialect.requestIdHeader]: record.requestId }),
    link: helpLink(error),
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
  });
  res.end(res.req.method === 'HEAD' ? undefined : body);
}

/** The value of `link` for a failure: its page on this gateway (RFC 8288). */
export function helpLink({ logCode }: GatewayError): string {
  return `<${errorPage(logCode)}>; rel="help"`;
}
