import { LlmGatewayError, errorFromBody, isObject } from './gateway-error.js';

const DEFAULT_URL = 'http://localhost:8000';
/** The key of the default configuration. Sent only to loopback addresses. */
const DEMO_KEY = 'sk-llm-gateway-demo';
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u;

/** Options of every function of the client. */
export interface ConnectionOptions {
  /** The gateway's address, with or without `/v1`; default `LLM_GATEWAY_URL`, then http://localhost:8000. */
  readonly base_url?: string | undefined;
  /** Default `LLM_GATEWAY_API_KEY`; for a gateway on this machine, then the demo key. */
  readonly api_key?: string | undefined;
  /** Aborts the call, which then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls the gateway.
 * @param body sent as JSON by POST; without a body, the call is a GET
 * @throws LlmGatewayError if there is no response, or its status is not 2xx
 */
export async function call(path: string, options: ConnectionOptions, body?: unknown): Promise<Response> {
  const base = apiAddress(options.base_url);
  const key = keyFor(base, options.api_key);
  const content = body === undefined ? undefined : JSON.stringify(body);
  const headers: Record<string, string> = { accept: 'application/json, text/event-stream' };
  if (key !== undefined) headers.authorization = `Bearer ${key}`;
  if (content !== undefined) headers['content-type'] = 'application/json';
  const url = `${base.href}${path}`;
  const response = await answered(url, options.signal, () =>
    fetch(url, {
      method: content === undefined ? 'GET' : 'POST',
      headers,
      ...(content !== undefined && { body: content }),
      ...(options.signal !== undefined && { signal: options.signal }),
    }),
  );
  if (response.ok) return response;
  const text = await answered(url, options.signal, () => response.text());
  throw errorFromBody(text, response, requestIdOf(response));
}

/**
 * Waits for data from the network.
 * @throws LlmGatewayError `network_error`; the signal's reason if the call was aborted
 */
export async function answered<T>(
  url: string,
  signal: AbortSignal | undefined,
  wait: () => Promise<T>,
): Promise<T> {
  try {
    return await wait();
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new LlmGatewayError(`No response from the gateway at ${url}: ${reasonOf(cause)}`, {
      code: 'network_error',
      cause,
    });
  }
}

export function requestIdOf(response: Response): string | null {
  return response.headers.get('x-request-id');
}

/** `href` ends in `/v1/`. */
function apiAddress(given: string | undefined): URL {
  const text = (given ?? environment('LLM_GATEWAY_URL') ?? DEFAULT_URL).trim();
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw wrongOption('base_url', 'is not an address', cause);
  }
  if (!/^https?:$/u.test(url.protocol)) throw wrongOption('base_url', 'must begin with http:// or https://');
  // fetch rejects such an address with a message that contains the password.
  if (url.username !== '' || url.password !== '')
    throw wrongOption('base_url', 'must not contain a user name');
  const path = url.pathname.replace(/\/+$/u, '');
  url.pathname = `${path.endsWith('/v1') ? path : `${path}/v1`}/`;
  url.search = '';
  url.hash = '';
  return url;
}

function keyFor(base: URL, given: string | undefined): string | undefined {
  const key = given ?? environment('LLM_GATEWAY_API_KEY');
  if (key === undefined) return LOOPBACK.test(base.hostname) ? DEMO_KEY : undefined;
  if (!/^[\x21-\x7e]+$/u.test(key)) throw wrongOption('api_key', 'must be visible ASCII characters');
  return key;
}

/** The message does not repeat the value, which may be or contain a secret. */
function wrongOption(param: string, problem: string, cause?: unknown): LlmGatewayError {
  return new LlmGatewayError(`${param} ${problem}`, { code: 'invalid_option', param, cause });
}

/** A browser has no `process`; an empty variable counts as unset. */
function environment(name: string): string | undefined {
  if (typeof process === 'undefined') return undefined;
  const value = process.env?.[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
}

/**
 * fetch only reports "fetch failed"; its cause contains the reason, or only a code if several
 * addresses were tried.
 */
function reasonOf(error: unknown): string {
  for (const each of [isObject(error) ? error.cause : undefined, error]) {
    if (!isObject(each)) continue;
    if (typeof each.message === 'string' && each.message !== '') return each.message;
    if (typeof each.code === 'string') return each.code;
  }
  return String(error);
}
