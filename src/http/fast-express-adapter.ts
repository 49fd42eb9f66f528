import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { type Socket } from 'node:net';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { ServerConfig } from '../config/server.config.js';
import { BrokenRequestError, MethodNotAllowedError, RouteNotFoundError } from '../errors/caller-errors.js';
import { type GatewayError } from '../errors/gateway-error.js';
import { MAX_HEADERS, checkHead } from './check-head.js';
import { ClientConnections } from './client-connections.js';
import { writeError } from './error-response.js';
import { type GatewayResponse, ServerState, httpClasses } from './gateway-http.js';
import { answerMalformedHttp, refuseOnSocket } from './malformed-http.js';
import { meantRoute } from './meant-route.js';

/** How often Node looks for callers that are too slow. */
const MAX_CHECK_MS = 30_000;
const MIN_CHECK_MS = 50;
/** How long a connection is silent before the system asks whether anybody is there. */
const PEER_CHECK_MS = 30_000;

/** Express as Nest uses it, on a server whose request and response objects already carry Express's prototypes. */
export class FastExpressAdapter extends ExpressAdapter {
  readonly state = new ServerState();
  /** Set once the server has been made. */
  connections: ClientConnections;
  /**
   * Mounts what is not a controller's. The router compares a request with one layer after the other: behind the
   * controllers, the dozen layers of the documentation cost a call nothing.
   */
  mountLast: () => void = () => undefined;

  constructor(private readonly server: ServerConfig = new ServerConfig()) {
    super(strictExpress());
    // Nest's own layer, for hooks that nothing here sets: every request would pass it.
    this.getInstance<Express>().router.stack.pop();
  }

  override initHttpServer(): void {
    const app = this.getInstance<Express>();
    app.set('etag', false);
    app.disable('x-powered-by');
    app.set('query parser', false);
    const handle = (req: IncomingMessage, res: ServerResponse): void => {
      const error = checkHead(req, this.state.openDoor);
      if (error === undefined) app(req as Request, res as Response);
      else refuse(res as GatewayResponse, error);
    };
    const server = createServer({ ...httpOptions(this.server), ...httpClasses(app, this.state) }, handle);
    server.maxHeadersCount = MAX_HEADERS;
    // `100 Continue` is sent by the reader of the body, after the key was accepted.
    server.on('checkContinue', handle);
    server.on('checkExpectation', (req: IncomingMessage, res: ServerResponse) =>
      refuse(
        res as GatewayResponse,
        checkHead(req, this.state.openDoor) ??
          new BrokenRequestError(417, 'invalid_value', "The only expectation met here is '100-continue'."),
      ),
    );
    server.on('connect', (_req: IncomingMessage, socket: Socket) =>
      refuseOnSocket(
        socket,
        new BrokenRequestError(400, 'invalid_value', 'This is no proxy: CONNECT is not served.'),
        this.state.events,
      ),
    );
    this.connections = new ClientConnections(
      server,
      this.server.response_idle_seconds * 1000,
      (error, socket) => answerMalformedHttp(error, socket, this.state.events),
    );
    this.setHttpServer(server);
    this.httpServer = server as Server;
  }

  /** Connections that are still open when the server closes are cut off: it does not wait for silent clients. */
  override close(): Promise<void> | undefined {
    const closed = super.close() as Promise<void> | undefined;
    this.connections.destroy();
    return closed;
  }

  /** A path that exists under other methods is a 405 that names them, not a 404. */
  override setNotFoundHandler(handler: (req: Request, res: Response, next: NextFunction) => void): unknown {
    this.mountLast();
    return super.setNotFoundHandler((req: Request, res: Response, next: NextFunction) => {
      const allowed = this.#methodsOf(req.path);
      const meant = meantRoute(req.method, req.path, (path) => this.#methodsOf(path));
      if (allowed.length > 0) next(new MethodNotAllowedError(req.method, req.path, allowed, meant));
      else if (meant !== undefined) next(new RouteNotFoundError(req.method, req.path, meant));
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

/** One spelling of each route: exact case, no slash at the end. The router reads these settings when it is made. */
function strictExpress(): Express {
  const app = express();
  app.enable('strict routing');
  app.enable('case sensitive routing');
  return app;
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
    // Node's own refusal has no body; see `checkHead`.
    requireHostHeader: false,
    maxHeaderSize: server.header_limit,
    requestTimeout,
    // Node refuses one that is longer than the whole.
    headersTimeout:
      requestTimeout > 0 ? Math.min(headersTimeout || requestTimeout, requestTimeout) : headersTimeout,
    connectionsCheckingInterval: Math.max(
      MIN_CHECK_MS,
      Math.min(MAX_CHECK_MS, ...clocks.map((ms) => ms / 4)),
    ),
    // Finds peers that have vanished without closing.
    keepAlive: true,
    keepAliveInitialDelay: PEER_CHECK_MS,
  };
}

/** Refuses a request before routing. After a broken one it is uncertain where the next would begin. */
function refuse(res: GatewayResponse, error: GatewayError): void {
  res.record.error = error;
  if (error instanceof BrokenRequestError) res.shouldKeepAlive = false;
  writeError(res, error, error.status);
}
