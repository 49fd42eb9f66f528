import { type Server, createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { GatewayConfig } from '../config/gateway.config.js';
import { RouteNotFoundError } from '../errors/caller-errors.js';
import { CallEvents } from '../calls/call-events.js';
import { ClientConnections } from '../http/connections/client-connections.js';
import { answerMalformedHttp } from '../http/connections/malformed-http.js';
import { OPENAI_ERRORS } from '../protocol/errors/error-format.js';
import { MetricRegistry } from './metric-registry.js';

/** Discards the events of requests to this port. */
const NOBODY = new CallEvents();

/** Serves only `/metrics`, on a separate port. */
@Injectable()
export class MetricsServer implements OnModuleInit, OnApplicationShutdown {
  readonly #log = new Logger(MetricsServer.name);
  readonly #server: Server;
  readonly #connections: ClientConnections;

  constructor(
    private readonly config: GatewayConfig,
    registry: MetricRegistry,
  ) {
    this.#server = createServer((req, res) => {
      const path = req.url!.split('?', 1)[0]!;
      if (path !== '/metrics' || req.method !== 'GET') {
        res.writeHead(404, { 'content-type': 'application/json; charset=utf-8' });
        res.end(JSON.stringify(OPENAI_ERRORS.body(new RouteNotFoundError(req.method!, path))));
        return;
      }
      registry.text().then(
        (text) => res.writeHead(200, { 'content-type': registry.contentType }).end(text),
        () => res.destroy(),
      );
    });
    const idleMs = config.server.response_idle_seconds * 1000;
    this.#connections = new ClientConnections(this.#server, idleMs, (error, socket) =>
      answerMalformedHttp(error, socket, NOBODY),
    );
  }

  /** The address on which it listens. */
  get url(): string {
    const { address, family, port } = this.#server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/metrics`;
  }

  /** Rejects with Node's error if the port cannot be opened. */
  async onModuleInit(): Promise<void> {
    const { server, metrics } = this.config;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(metrics.port, server.host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.#log.log({ message: 'measurements', url: this.url });
  }

  /** Ends the server only after the last call has ended, so that a drain can be observed. */
  async onApplicationShutdown(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#connections.destroy();
    await closed;
  }
}
