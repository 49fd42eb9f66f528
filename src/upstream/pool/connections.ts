import { readFileSync } from 'node:fs';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, type Dispatcher } from 'undici';
import { LiveConfig } from '../../config/live-config.js';
import { servicesOf } from '../../config/gateway.config.js';
import { type ModelConfig } from '../../config/model.config.js';
import { EnvironmentProxies } from './environment-proxies.js';
import { ForwardProxy } from './forward-proxy.js';

/**
 * The connection pools. Models with the same proxy, TLS and connect settings share one. A model's
 * login, test and chat use the same pool, so a connection that works for one works for the others.
 * A pool that no model of the current configuration needs is closed when its last call has ended.
 */
@Injectable()
export class Connections implements OnApplicationShutdown {
  #byModel = new WeakMap<ModelConfig, Dispatcher>();
  readonly #bySettings = new Map<string, Dispatcher>();
  readonly #closing = new Set<Dispatcher>();

  constructor(private readonly live: LiveConfig) {
    live.onReplaced((config) => this.#closeUnused(servicesOf(config)));
  }

  for(model: ModelConfig): Dispatcher {
    let dispatcher = this.#byModel.get(model);
    if (dispatcher === undefined) {
      const settings = settingsOf(model);
      dispatcher = this.#bySettings.get(settings) ?? this.#open(model);
      this.#bySettings.set(settings, dispatcher);
      this.#byModel.set(model, dispatcher);
    }
    return dispatcher;
  }

  async onApplicationShutdown(): Promise<void> {
    const all = [...this.#bySettings.values(), ...this.#closing];
    await Promise.all(all.map((dispatcher) => dispatcher.destroy()));
  }

  #closeUnused(services: readonly ModelConfig[]): void {
    const needed = new Set(services.map(settingsOf));
    for (const [settings, dispatcher] of this.#bySettings) {
      if (needed.has(settings)) continue;
      this.#bySettings.delete(settings);
      // A retry for a model of the old configuration opens a new pool rather than use a closed one.
      this.#byModel = new WeakMap();
      this.#closing.add(dispatcher);
      void dispatcher
        .close()
        .catch(() => undefined)
        .then(() => this.#closing.delete(dispatcher));
    }
  }

  #open(model: ModelConfig): Dispatcher {
    const options = {
      // CallClocks implements the timeouts; undici's own would cut off models that think for long.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { ...tlsOptions(model.tls), timeout: model.timeouts.connect_seconds * 1000 },
    };
    if (model.proxy !== undefined) return new ForwardProxy(model.proxy, options);
    const direct = new Agent(options);
    const { proxies } = this.live.current;
    if (proxies.httpProxy === undefined && proxies.httpsProxy === undefined) return direct;
    // A proxy from the environment is never used for loopback; a model's own `proxy` may be.
    return new EnvironmentProxies(proxies, direct, (address) => new ForwardProxy(address, options));
  }
}

/**
 * TLS files are compared by their contents at the time of the configuration: a renewed certificate
 * needs a new pool.
 */
function settingsOf({ proxy, tls, timeouts }: ModelConfig): string {
  return JSON.stringify([proxy, tls, timeouts.connect_seconds]);
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
