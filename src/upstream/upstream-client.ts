import { Injectable } from '@nestjs/common';
import { type ModelConfig } from '../config/model.config.js';
import { Connections } from './pool/connections.js';
import { UpstreamExchange, toUpstreamError } from './upstream-exchange.js';
import { type UpstreamRequest } from './upstream-request.js';
import { type ExchangeTrace, WatchedExchange } from './watched-exchange.js';

/** Sends prepared calls to model services. */
@Injectable()
export class UpstreamClient {
  /** Watches every exchange: the workbench's way in, which makes one call and no more. */
  trace: ExchangeTrace | undefined;

  constructor(private readonly connections: Connections) {}

  /** Never throws: whatever goes wrong comes out of the exchange. */
  send(request: UpstreamRequest, model: ModelConfig, isStream: boolean): UpstreamExchange {
    const exchange =
      this.trace === undefined
        ? new UpstreamExchange(model.timeouts, isStream)
        : new WatchedExchange(request, model.timeouts, isStream, this.trace);
    const pathStart = request.url.indexOf('/', request.url.indexOf('//') + 2);
    try {
      this.connections.for(model).dispatch(
        {
          origin: request.url.slice(0, pathStart),
          path: request.url.slice(pathStart),
          method: request.method,
          headers: request.headers,
          body: request.body,
        },
        exchange,
      );
      exchange.dispatched();
    } catch (error) {
      exchange.abort(toUpstreamError(error as Error));
    }
    return exchange;
  }
}
