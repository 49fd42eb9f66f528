import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  STATUS_CODES,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { type Socket } from 'node:net';
import { ExpressAdapter } from '@nestjs/platform-express';
import { type Express, type NextFunction, type Request, type Response } from 'express';
import { ServerConfig } from '../config/server.config.js';
import { BrokenRequestError, MethodNotAllowedError } from '../errors/caller-errors.js';
import { RequestRecord } from '../telemetry/request-record.js';
import { type GatewayResponse, type ServerState, httpClasses } from './gateway-http.js';

/** How often Node looks for callers that are too slow. */
const MAX_CHECK_MS = 30_000;
const MIN_CHECK_MS = 50;
/** How long a connection is silent before the system asks whether anybody is there. */
const PEER_CHECK_MS = 30_000;
/** What a caller that was too slow, or did not speak HTTP, may take to read why it is cut off. */
const LAST_WORDS_MS = 1000;
/** Method and path of what never became a request. */
const UNKNOWN = '-';

/** Express as Nest uses it, on a server whose request and response objects already carry Express's prototypes. */
export class FastExpressAdapter extends ExpressAdapter {
  readonly state: ServerState = {
    isDraining: false,
    heldBytes: 0,
    heldBytesLimit: Infinity,
    onEnd: () => undefined,
  };

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
    server.on('clientError', (error, socket) => answerMalformedHttp(error, socket as Socket, this.state));
    this.setHttpServer(server);
    this.httpServer = server as Server;
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

/**
 * What is not HTTP, or comes too slowly, is answered on the bare socket, in the same shape as all else. It may have
 * become a request before it went wrong: then the request's record tells the same.
 */
function answerMalformedHttp(
  thrown: Error & { code?: string },
  socket: HttpSocket,
  state: ServerState,
): void {
  if (thrown.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { _httpMessage: response } = socket;
  // The caller would take an answer for a part of the one that it is reading.
  if (response?.headersSent === true) socket.destroySoon();
  else refuse(socket, response ?? undefined, thrown.code, state);
  // It may go on sending for ever.
  const timer = setTimeout(() => socket.destroy(), LAST_WORDS_MS);
  socket.once('close', () => clearTimeout(timer)).resume();
}

function refuse(
  socket: Socket,
  response: GatewayResponse | undefined,
  code: string | undefined,
  state: ServerState,
): void {
  const error = brokenRequest(code);
  const record = response?.record ?? new RequestRecord(randomUUID(), UNKNOWN, UNKNOWN);
  if (response === undefined) {
    record.error = error;
    // A browser opens connections for a rainy day, and sends nothing on most of them.
    if (socket.bytesRead > 0) state.onEnd(record, error.status);
  } else if (code !== 'HPE_INVALID_EOF_STATE') {
    // One that hangs up half way has left, whatever is said to it; any other gets this for its answer.
    record.error ??= error;
    // Its end may still come; a call for nobody would follow.
    response.req.pause();
  }
  const body = JSON.stringify(error.toBody());
  socket.end(
    [
      `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${record.requestId}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

/** As Node's own handler sees it: the response that has this socket. Its types do not know it. */
interface HttpSocket extends Socket {
  readonly _httpMessage?: GatewayResponse | null;
}

function brokenRequest(code: string | undefined): BrokenRequestError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new BrokenRequestError(431, 'invalid_value', 'The request headers are too large.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new BrokenRequestError(408, 'request_timeout', 'The request took too long to arrive.');
    default:
      return new BrokenRequestError(400, 'invalid_value', 'The request is not valid HTTP.');
  }
}
