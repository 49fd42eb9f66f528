import { type Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { type ModelConfig } from '../config/model.config.js';
import { Connections } from './pool/connections.js';
import { UpstreamExchange, toUpstreamError } from './upstream-exchange.js';
import { type UpstreamRequest } from './upstream-request.js';
import { EXCHANGES, WatchedExchange } from './watched-exchange.js';

/** Sends prepared requests to upstreams. */
@Injectable()
export class UpstreamClient {
  constructor(private readonly connections: Connections) {}

  /** Never throws: every failure is reported by the exchange. */
  send(request: UpstreamRequest, model: ModelConfig, isStream: boolean): UpstreamExchange {
    const exchange = EXCHANGES.isWatched
      ? new WatchedExchange(request, model.timeouts, isStream)
      : new UpstreamExchange(model.timeouts, isStream);
    const pathStart = request.url.indexOf('/', request.url.indexOf('//') + 2);
    try {
      this.connections.for(model).dispatch(
        {
          origin: request.url.slice(0, pathStart),
          path: request.url.slice(pathStart),
          method: request.method,
          headers: request.headers,
          // undici accepts iterables, too, but its types omit that.
          body: (request.upload as Readable | undefined) ?? request.body,
        },
        exchange,
      );
    } catch (error) {
      exchange.abort(toUpstreamError(error as Error));
    }
    return exchange;
  }
}
