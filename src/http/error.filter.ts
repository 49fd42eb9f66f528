import { type OutgoingHttpHeaders } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { LiveConfig } from '../config/live-config.js';
import { InvalidRequestError, RouteNotFoundError } from '../errors/caller-errors.js';
import { GatewayError } from '../errors/gateway-error.js';
import { InternalError } from '../errors/server-errors.js';
import { UpstreamError, UpstreamRejectedError } from '../errors/upstream-errors.js';
import { gatewayHeaders } from '../calls/gateway-headers.js';
import { type CallRecord } from '../calls/call-record.js';
import { writeError } from './error-response.js';
import { type GatewayResponse } from './gateway-http.js';

/** The one place where a failure becomes an answer. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly live: LiveConfig) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const res = http.getResponse<GatewayResponse>();
    const error = toGatewayError(thrown, res);
    res.record.error ??= error;
    if (res.destroyed) return;
    if (res.headersSent) {
      // Half an answer is out: cutting the connection is the only way left to say that it is not whole.
      res.destroy();
      return;
    }
    const isPrecise = this.live.current.server.precise_error_status && error instanceof UpstreamError;
    const status = isPrecise ? error.preciseStatus : error.status;
    writeError(res, error, status, routeHeaders(res.record, error));
  }
}

/** What the routing of a model call has to say about its failure. */
function routeHeaders(record: CallRecord, error: GatewayError): OutgoingHttpHeaders {
  if (record.model === undefined) return {};
  const isSpent =
    record.hasRetried && (error instanceof UpstreamError || error instanceof UpstreamRejectedError);
  return {
    ...gatewayHeaders(record),
    // The gateway has tried again already; SDKs that do so as well would multiply the calls.
    ...(isSpent && { 'x-should-retry': 'false' }),
  };
}

function toGatewayError(thrown: unknown, res: GatewayResponse): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  if (thrown instanceof HttpException) {
    const status = thrown.getStatus();
    if (status === 404) return new RouteNotFoundError(res.req.method, res.record.path);
    // Express refuses a path whose percent-encoding cannot be decoded.
    if (status === 400)
      return new InvalidRequestError('invalid_value', 'The path is malformed.', undefined, thrown);
  }
  return new InternalError(thrown);
}
