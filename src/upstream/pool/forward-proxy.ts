import { type Socket } from 'node:net';
import { Agent, Dispatcher, Pool, buildConnector, errors } from 'undici';

/** How connections through a proxy are made. */
export interface ForwardProxyOptions {
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
  /** TLS towards the target, and the timeout of each connection; 0 = none. */
  readonly connect: buildConnector.BuildOptions & { readonly timeout: number };
}

/** The proxy failed, not the model service. Users only see the code. */
class ProxyError extends Error {
  constructor(
    readonly code: string,
    cause?: unknown,
  ) {
    super(`the proxy failed (${code})`, { cause });
    this.name = ProxyError.name;
  }
}

/**
 * Sends through one forward proxy: plain http:// in absolute form, as curl does, and https:// by CONNECT.
 * undici's ProxyAgent is not used because it has its own timeouts (10 s to connect, 300 s for a response in
 * absolute form), retries without end when a proxy closes the connection on CONNECT, and hides a refusal
 * behind its general codes.
 */
export class ForwardProxy extends Dispatcher {
  /** Connections to the proxy itself. */
  readonly #proxy: Pool;
  readonly #plain: Dispatcher;
  readonly #tunnels: Agent;
  readonly #origin: string;
  readonly #credential: Readonly<Record<string, string>>;

  constructor(address: string, options: ForwardProxyOptions) {
    super();
    const { origin, username, password } = new URL(address);
    this.#origin = origin;
    this.#credential =
      username === '' && password === '' ? {} : { 'proxy-authorization': basic(username, password) };
    const { timeout } = options.connect;
    const connectToProxy = buildConnector({ timeout });
    this.#proxy = new Pool(origin, {
      ...options,
      connect: (target, callback) =>
        connectToProxy(target, (...[error, socket]) =>
          error === null ? callback(null, socket) : callback(proxyErrorOf(error), null),
        ),
    });
    this.#plain = this.#proxy.compose((dispatch) => (call, handler) => dispatch(call, watched(handler)));
    const startTls = buildConnector(options.connect);
    this.#tunnels = new Agent({
      ...options,
      connect: (target, callback) => void this.#connectThrough(target, timeout, startTls, callback),
    });
  }

  override dispatch(call: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const target = String(call.origin);
    if (target.startsWith('https:')) return this.#tunnels.dispatch(call, handler);
    return this.#plain.dispatch(
      {
        ...call,
        origin: this.#origin,
        path: `${target}${call.path}`,
        headers: {
          host: new URL(target).host,
          ...this.#credential,
          // All callers pass plain objects.
          ...(call.headers as Record<string, string>),
        },
      },
      handler,
    );
  }

  /** Opens a tunnel to an address and closes it. @throws Error if that fails */
  async check({ protocol, host, port }: URL, timeoutMs: number): Promise<void> {
    const authority = port ? host : `${host}:${protocol === 'https:' ? 443 : 80}`;
    try {
      (await this.#openTunnel(authority, timeoutMs)).on('error', () => undefined).destroy();
    } catch (error) {
      throw proxyErrorOf(error as Error);
    }
  }

  /** Tunnels first: those that are still being opened need the connections to the proxy. */
  override async close(): Promise<void> {
    await this.#tunnels.close();
    await this.#proxy.close();
  }

  override async destroy(): Promise<void> {
    await Promise.all([this.#tunnels.destroy(), this.#proxy.destroy()]);
  }

  /** Never rejects: the callback gets the error. */
  async #connectThrough(
    target: buildConnector.Options,
    timeoutMs: number,
    startTls: buildConnector.connector,
    callback: buildConnector.Callback,
  ): Promise<void> {
    try {
      const { host } = new URL(`${target.protocol}//${target.host ?? target.hostname}`);
      const authority = target.port ? host : `${host}:443`;
      startTls({ ...target, httpSocket: await this.#openTunnel(authority, timeoutMs) }, callback);
    } catch (error) {
      callback(proxyErrorOf(error as Error), null);
    }
  }

  async #openTunnel(authority: string, timeoutMs: number): Promise<Socket> {
    const { statusCode, socket } = await this.#proxy.connect({
      path: authority,
      headers: { host: authority, ...this.#credential },
      ...(timeoutMs > 0 && { signal: AbortSignal.timeout(timeoutMs) }),
    });
    if (statusCode >= 200 && statusCode < 300) return socket as Socket;
    socket.on('error', () => undefined).destroy();
    throw refusal(statusCode);
  }
}

function basic(username: string, password: string): string {
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function refusal(status: number): ProxyError {
  return new ProxyError(`PROXY_REFUSED_${status}`);
}

/** Replaces the error's own code: undici retries some of them without end. */
function proxyErrorOf(error: Error): Error {
  if (error instanceof ProxyError || error instanceof errors.ConnectTimeoutError) return error;
  if (error.name === 'TimeoutError') return new errors.ConnectTimeoutError('no response to CONNECT');
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return new ProxyError(`PROXY_${code}`, error);
}

/** In absolute form the proxy's responses look like the service's, except for 407, which only a proxy sends. */
function watched(handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
    onResponseStart: (controller, status, headers, message) => {
      if (status === 407) controller.abort(refusal(status));
      else handler.onResponseStart?.(controller, status, headers, message);
    },
    onResponseData: (controller, chunk) => handler.onResponseData?.(controller, chunk),
    onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
    onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
  };
}
