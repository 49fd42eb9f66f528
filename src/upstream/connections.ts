import { readFileSync } from 'node:fs';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, type Dispatcher } from 'undici';
import { GatewayConfig } from '../config/gateway.config.js';
import { type ModelConfig } from '../config/model.config.js';
import { EnvironmentProxies } from './environment-proxies.js';
import { ForwardProxy } from './forward-proxy.js';

/**
 * The connection pools. Models with the same proxy, TLS and connect settings share one, and a model's login, test
 * and chat all go through its own, so that what works for one works for the others.
 */
@Injectable()
export class Connections implements OnApplicationShutdown {
  readonly #byModel = new WeakMap<ModelConfig, Dispatcher>();
  readonly #bySettings = new Map<string, Dispatcher>();

  constructor(private readonly config: GatewayConfig) {}

  for(model: ModelConfig): Dispatcher {
    let dispatcher = this.#byModel.get(model);
    if (dispatcher === undefined) {
      const settings = JSON.stringify([model.proxy, model.tls, model.timeouts.connect_seconds]);
      dispatcher = this.#bySettings.get(settings) ?? this.#open(model);
      this.#bySettings.set(settings, dispatcher);
      this.#byModel.set(model, dispatcher);
    }
    return dispatcher;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.#bySettings.values()].map((dispatcher) => dispatcher.destroy()));
  }

  #open(model: ModelConfig): Dispatcher {
    const options = {
      // Time is kept by CallClocks; undici's own limits would cut long thinking models short.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { ...tlsOptions(model.tls), timeout: model.timeouts.connect_seconds * 1000 },
    };
    if (model.proxy !== undefined) return new ForwardProxy(model.proxy, options);
    const direct = new Agent(options);
    const { proxies } = this.config;
    if (proxies.httpProxy === undefined && proxies.httpsProxy === undefined) return direct;
    // Never for loopback; a model's own `proxy` may be.
    return new EnvironmentProxies(proxies, direct, (address) => new ForwardProxy(address, options));
  }
}

function tlsOptions(tls: ModelConfig['tls']): {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
  rejectUnauthorized?: boolean;
} {
  if (tls === undefined) return {};
  return {
    ...(tls.ca_file !== undefined && { ca: readFileSync(tls.ca_file) }),
    ...(tls.cert_file !== undefined && { cert: readFileSync(tls.cert_file) }),
    ...(tls.key_file !== undefined && { key: readFileSync(tls.key_file) }),
    ...(tls.insecure_skip_verify === true && { rejectUnauthorized: false }),
  };
}
