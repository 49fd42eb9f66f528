import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import { type Express, type NextFunction, type Request, type Response } from 'express';
import { ServerConfig } from '../config/server.config.js';
import { MethodNotAllowedError } from '../errors/caller-errors.js';
import { BodyRoom } from './body-room.js';
import { ClientConnections } from './client-connections.js';
import { type ServerState, httpClasses } from './gateway-http.js';
import { answerMalformedHttp } from './malformed-http.js';

/** How often Node looks for callers that are too slow. */
const MAX_CHECK_MS = 30_000;
const MIN_CHECK_MS = 50;
/** How long a connection is silent before the system asks whether anybody is there. */
const PEER_CHECK_MS = 30_000;

/** Express as Nest uses it, on a server whose request and response objects already carry Express's prototypes. */
export class FastExpressAdapter extends ExpressAdapter {
  readonly state: ServerState = {
    isDraining: false,
    bodyRoom: new BodyRoom(),
    bodyIdleMs: Infinity,
    hasKeys: true,
    onEnd: () => undefined,
  };
  /** Of the server, once it was made. */
  connections: ClientConnections;

  constructor(private readonly server: ServerConfig = new ServerConfig()) {
    super();
  }

  override initHttpServer(): void {
    const app = this.getInstance<Express>();
    app.set('etag', false);
    app.disable('x-powered-by');
    app.set('query parser', false);
    const server = createServer(
      { ...httpOptions(this.server), ...httpClasses(app, this.state) },
      app as (req: IncomingMessage, res: ServerResponse) => void,
    );
    // The go-ahead for a body is given by whoever reads it, after the key was accepted.
    server.on('checkContinue', app);
    this.connections = new ClientConnections(
      server,
      this.server.response_idle_seconds * 1000,
      (error, socket) => answerMalformedHttp(error, socket, this.state),
    );
    this.setHttpServer(server);
    this.httpServer = server as Server;
  }

  /** Whatever is still connected when the server closes is cut off: nobody waits for a client that says nothing. */
  override close(): Promise<void> | undefined {
    const closed = super.close() as Promise<void> | undefined;
    this.connections.destroy();
    return closed;
  }

  /** A path that exists under other methods is a 405 that names them, not a 404. */
  override setNotFoundHandler(handler: (req: Request, res: Response, next: NextFunction) => void): unknown {
    return super.setNotFoundHandler((req: Request, res: Response, next: NextFunction) => {
      const allowed = this.#methodsOf(req.path);
      if (allowed.length > 0) next(new MethodNotAllowedError(req.method, req.path, allowed));
      else handler(req, res, next);
    });
  }

  #methodsOf(path: string): string[] {
    const methods = new Set<string>();
    // `match` is how the router itself asks a layer; only its types leave it out.
    for (const layer of this.getInstance<Express>().router.stack as unknown as readonly RouterLayer[]) {
      if (layer.route === undefined || !layer.match(path)) continue;
      for (const { method } of layer.route.stack) methods.add(method.toUpperCase());
    }
    if (methods.has('GET')) methods.add('HEAD');
    return [...methods].sort();
  }
}

interface RouterLayer {
  readonly route?: { readonly stack: readonly { readonly method: string }[] };
  match(path: string): boolean;
}

/** Clocks and limits for what callers send. */
function httpOptions(server: ServerConfig): ServerOptions {
  const requestTimeout = server.request_seconds * 1000;
  const headersTimeout = server.headers_seconds * 1000;
  const clocks = [requestTimeout, headersTimeout].filter((ms) => ms > 0);
  return {
    maxHeaderSize: server.header_limit,
    requestTimeout,
    // Node refuses one that is longer than the whole.
    headersTimeout:
      requestTimeout > 0 ? Math.min(headersTimeout || requestTimeout, requestTimeout) : headersTimeout,
    connectionsCheckingInterval: Math.max(
      MIN_CHECK_MS,
      Math.min(MAX_CHECK_MS, ...clocks.map((ms) => ms / 4)),
    ),
    // A peer that has vanished without a word is found out.
    keepAlive: true,
    keepAliveInitialDelay: PEER_CHECK_MS,
  };
}
