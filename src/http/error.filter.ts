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

/** Turns every failure into a response. */
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
      // Part of a response was sent, and only cutting the connection shows that it is incomplete.
      res.destroy();
      return;
    }
    const isPrecise = this.live.current.server.precise_error_status && error instanceof UpstreamError;
    const status = isPrecise ? error.preciseStatus : error.status;
    writeError(res, error, status, routeHeaders(res.record, error));
  }
}

/** The headers that describe how a failed model call was routed. */
function routeHeaders(record: CallRecord, error: GatewayError): OutgoingHttpHeaders {
  if (record.model === undefined) return {};
  const isSpent =
    record.hasRetried && (error instanceof UpstreamError || error instanceof UpstreamRejectedError);
  return {
    ...gatewayHeaders(record),
    // The gateway has retried already, and an SDK that also retries would multiply the calls.
    ...(isSpent && { 'x-should-retry': 'false' }),
  };
}

function toGatewayError(thrown: unknown, res: GatewayResponse): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  if (thrown instanceof HttpException) {
    const status = thrown.getStatus();
    if (status === 404) return new RouteNotFoundError(res.req.method, res.record.path);
    // Express rejects a path with invalid percent-encoding.
    if (status === 400)
      return new InvalidRequestError('invalid_value', 'The path is malformed.', undefined, thrown);
  }
  return new InternalError(thrown);
}
