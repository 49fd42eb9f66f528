import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CallEvents } from '../calls/call-events.js';
import { Drain } from '../calls/drain.js';
import { GatewayConfig } from '../config/gateway.config.js';
import { LiveConfig } from '../config/live-config.js';
import { type FastExpressAdapter } from './fast-express-adapter.js';

/**
 * Provides the HTTP server, which exists before any provider, with what its requests need: the
 * drain, the observers of calls, and the limits of the current configuration.
 */
@Injectable()
export class HttpEdge {
  constructor(
    private readonly host: HttpAdapterHost<FastExpressAdapter>,
    private readonly atStart: GatewayConfig,
    live: LiveConfig,
    drain: Drain,
    events: CallEvents,
  ) {
    Object.assign(host.httpAdapter.state, { drain, events });
    this.#limit(live.current);
    live.onReplaced((config) => this.#limit(config));
  }

  #limit({ auth, server }: GatewayConfig): void {
    const { state } = this.host.httpAdapter;
    const isShared = !auth.enabled || new Set(auth.api_keys.map(({ name }) => name)).size > 1;
    state.bodyRoom.limit(server.bodies_limit, server.body_limit, isShared);
    state.bodyIdleMs = server.body_idle_seconds * 1000 || Infinity;
    state.hasKeys = auth.enabled;
    state.openDoor = auth.enabled
      ? undefined
      : {
          hosts: new Set(server.allowed_hosts.map((host) => host.toLowerCase())),
          // CORS itself is set up once, at startup.
          origins: new Set(this.atStart.server.cors_origins),
        };
  }
}
