import { connect } from 'node:net';
import { Injectable } from '@nestjs/common';
import { type ModelConfig } from '../../config/model.config.js';
import { type Cancellation } from '../../calls/cancellation.js';
import { Connections } from './connections.js';
import { EnvironmentProxies } from './environment-proxies.js';
import { ForwardProxy } from './forward-proxy.js';
import { toUpstreamError } from '../upstream-exchange.js';

/** Checks whether a model's service accepts connections. */
@Injectable()
export class Reachability {
  constructor(private readonly connections: Connections) {}

  /**
   * Opens a connection, through the model's proxy if it has one, and closes it: no TLS, no request.
   * @param timeoutMs for the proxy's response
   * @throws GatewayError
   */
  async check(model: ModelConfig, timeoutMs: number, cancellation: Cancellation): Promise<void> {
    const url = new URL(model.base_url);
    const dispatcher = this.connections.for(model);
    const route = dispatcher instanceof EnvironmentProxies ? dispatcher.routeTo(url) : dispatcher;
    try {
      if (route instanceof ForwardProxy) await cancellation.race(route.check(url, timeoutMs));
      else await touch(url, cancellation);
    } catch (error) {
      throw cancellation.reason ?? toUpstreamError(error as Error);
    }
  }
}

function touch({ protocol, hostname, port }: URL, cancellation: Cancellation): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port) || (protocol === 'https:' ? 443 : 80),
    });
    socket.once(
      'close',
      cancellation.whileWaiting((reason) => socket.destroy(reason)),
    );
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
