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
import {
  BrokenRequestError,
  MethodNotAllowedError,
  RouteNotFoundError,
  didYouMean,
} from '../errors/caller-errors.js';
import { type GatewayError } from '../errors/gateway-error.js';
import { MAX_HEADERS, checkHead } from './connections/check-head.js';
import { ClientConnections } from './connections/client-connections.js';
import { writeError } from './error-response.js';
import { type GatewayResponse, ServerState, httpClasses } from './gateway-http.js';
import { answerMalformedHttp, refuseOnSocket } from './connections/malformed-http.js';
import { meantRoute } from './meant-route.js';
import { servedRoutes, unservedRoute } from './unserved-route.js';

/** The longest and the shortest interval at which Node checks for clients that are too slow. */
const MAX_CHECK_MS = 30_000;
const MIN_CHECK_MS = 50;
/** Matches paths in which no character has a special meaning for the router. */
const PLAIN_PATH = /^(?:\/[\w.-]+)+$/;
/** How long a connection may be silent before the system checks that the peer still exists. */
const PEER_CHECK_MS = 30_000;

type RouteHandler = (req: Request, res: Response, next: NextFunction) => unknown;

/**
 * Nest's Express adapter, on a server whose request and response objects already have Express's
 * prototypes.
 */
export class FastExpressAdapter extends ExpressAdapter {
  readonly state = new ServerState();
  /**
   * The handlers of POST routes without parameters and without middleware before them, by their
   * paths. A handler contains Nest's whole pipeline of guards, pipes and filters; Express's search
   * for it, layer by layer, would cost as much as running it.
   */
  readonly #posts = new Map<string, RouteHandler>();
  #hasMiddleware = false;
  /** Set once the server exists. */
  connections: ClientConnections;
  /**
   * Mounts the routes that belong to no controller. The router tries one layer after the other, so
   * the dozen layers of the documentation, mounted after the controllers, cost a call nothing.
   */
  mountLast: () => void = () => undefined;

  constructor(private readonly server: ServerConfig = new ServerConfig()) {
    super(strictExpress());
    // Removes a layer of Nest that every request would pass, only to look for hooks that nothing
    // sets.
    this.getInstance<Express>().router.stack.pop();
  }

  override use(...args: unknown[]): unknown {
    this.#hasMiddleware = true;
    return super.use(...args) as unknown;
  }

  override post(...args: unknown[]): unknown {
    const [path, handler, ...others] = args;
    const isPlain = typeof path === 'string' && PLAIN_PATH.test(path) && !this.#posts.has(path);
    if (isPlain && typeof handler === 'function' && others.length === 0 && !this.#hasMiddleware)
      this.#posts.set(path, handler as RouteHandler);
    return super.post(...(args as Parameters<ExpressAdapter['post']>)) as unknown;
  }

  override initHttpServer(): void {
    const app = this.getInstance<Express>();
    app.set('etag', false);
    app.disable('x-powered-by');
    app.set('query parser', false);
    const handle = (req: IncomingMessage, res: ServerResponse): void => {
      const error = checkHead(req, this.state.openDoor);
      if (error !== undefined) return refuse(res as GatewayResponse, error);
      const handler = req.method === 'POST' ? this.#posts.get(req.url!) : undefined;
      if (handler === undefined) return app(req as Request, res as Response);
      // Express's own methods read the response from `req.res`.
      (req as Request).res = res as Response;
      handler(req as Request, res as Response, hasNoNext);
    };
    const server = createServer({ ...httpOptions(this.server), ...httpClasses(app, this.state) }, handle);
    server.maxHeadersCount = MAX_HEADERS;
    // The body reader sends `100 Continue`, after the key was accepted.
    server.on('checkContinue', handle);
    server.on('checkExpectation', (req: IncomingMessage, res: ServerResponse) =>
      refuse(
        res as GatewayResponse,
        checkHead(req, this.state.openDoor) ??
          new BrokenRequestError(417, 'invalid_value', "The only supported expectation is '100-continue'."),
      ),
    );
    server.on('connect', (_req: IncomingMessage, socket: Socket) =>
      refuseOnSocket(
        socket,
        new BrokenRequestError(400, 'invalid_value', 'This server is not a proxy: CONNECT is not supported.'),
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

  /** Cuts off connections that are still open: closing does not wait for silent clients. */
  override close(): Promise<void> | undefined {
    const closed = super.close() as Promise<void> | undefined;
    this.connections.destroy();
    return closed;
  }

  /**
   * Responds with 405 and the allowed methods if the path exists under other methods, and otherwise
   * lists the existing routes.
   */
  override setNotFoundHandler(_handler: (req: Request, res: Response, next: NextFunction) => void): unknown {
    this.mountLast();
    return super.setNotFoundHandler(({ method, path }: Request, _res: Response, next: NextFunction) => {
      const allowed = this.#methodsOf(path);
      const unserved = unservedRoute(path);
      // A route of another API that is not served is no typo, even if its ending resembles a route.
      const meant =
        unserved === undefined ? meantRoute(method, path, (other) => this.#methodsOf(other)) : undefined;
      if (allowed.length > 0) next(new MethodNotAllowedError(method, path, allowed, meant));
      else {
        const advice = unserved ?? (meant === undefined ? servedRoutes() : didYouMean(meant));
        next(new RouteNotFoundError(method, path, advice));
      }
    });
  }

  #methodsOf(path: string): string[] {
    const methods = new Set<string>();
    // The router itself calls `match`; only its types omit it.
    for (const layer of this.getInstance<Express>().router.stack as unknown as readonly RouterLayer[]) {
      if (layer.route === undefined || !layer.match(path)) continue;
      for (const { method } of layer.route.stack) methods.add(method.toUpperCase());
    }
    if (methods.has('GET')) methods.add('HEAD');
    return [...methods].sort();
  }
}

/** Passed to a route handler as `next`: no handler follows, so only an error may be passed on. */
function hasNoNext(error: unknown = new Error('No handler follows the one of a route.')): never {
  throw error;
}

/**
 * Accepts only one spelling of each route: exact case, no trailing slash. The router reads these
 * settings when it is created.
 */
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

/** Time limits and size limits for what clients send. */
function httpOptions(server: ServerConfig): ServerOptions {
  const requestTimeout = server.request_seconds * 1000;
  const headersTimeout = server.headers_seconds * 1000;
  const clocks = [requestTimeout, headersTimeout].filter((ms) => ms > 0);
  return {
    // Node's own refusal has no body; `checkHead` refuses instead.
    requireHostHeader: false,
    maxHeaderSize: server.header_limit,
    requestTimeout,
    // Node rejects a value above `requestTimeout`.
    headersTimeout:
      requestTimeout > 0 ? Math.min(headersTimeout || requestTimeout, requestTimeout) : headersTimeout,
    connectionsCheckingInterval: Math.max(
      MIN_CHECK_MS,
      Math.min(MAX_CHECK_MS, ...clocks.map((ms) => ms / 4)),
    ),
    // Detects peers that vanished without closing.
    keepAlive: true,
    keepAliveInitialDelay: PEER_CHECK_MS,
  };
}

/**
 * Refuses a request before routing. A malformed request also ends its connection, because it is
 * uncertain where the next request would begin.
 */
function refuse(res: GatewayResponse, error: GatewayError): void {
  res.record.error = error;
  if (error instanceof BrokenRequestError) res.shouldKeepAlive = false;
  writeError(res, error, error.status);
}
