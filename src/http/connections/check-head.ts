import { type IncomingMessage } from 'node:http';
import { BrokenRequestError } from '../../errors/caller-errors.js';
import { HostNotAllowedError, OriginNotAllowedError } from '../../errors/access-errors.js';
import { type GatewayError } from '../../errors/gateway-error.js';

/** The hosts and origins from which requests are accepted while authentication is off. */
export interface OpenDoor {
  /** `server.allowed_hosts`, in lower case. */
  readonly hosts: ReadonlySet<string>;
  /** `server.cors_origins`. */
  readonly origins: ReadonlySet<string>;
}

/** Node drops all headers after the thousandth, which may hide a second `Host`. */
export const MAX_HEADERS = 1000;
/** IPv4, or IPv6 in brackets. DNS rebinding needs a name, so no web page can make a browser send one of these. */
const IP_ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.%]+\])$/;
const LOOPBACK_NAME = /^(?:.+\.)?localhost$/;
/** Probes know only the address of a pod, or use their own name for it. */
const PROBES: ReadonlySet<string> = new Set(['/v1/health', '/v1/health/ready']);

/**
 * Checks the head of a request before anything else reads it. Refuses any head that two HTTP
 * parsers could interpret differently, because one of them may be a proxy that controls access (RFC
 * 9112, sections 3.2, 6.1 and 11.2).
 * @param door set while authentication is off
 */
export function checkHead(request: IncomingMessage, door: OpenDoor | undefined): GatewayError | undefined {
  const { headers, rawHeaders, httpVersionMinor } = request;
  if (rawHeaders.length >= MAX_HEADERS * 2)
    return new BrokenRequestError(431, 'invalid_value', 'The request has too many headers.');
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  if (hosts > 1) return broken("The request has more than one 'Host' header.");
  if (hosts === 0 && httpVersionMinor !== 0) return broken("The request has no 'Host' header.");
  const { 'transfer-encoding': coding } = headers;
  if (coding !== undefined) {
    if (coding.trim().toLowerCase() !== 'chunked')
      return broken("The only supported transfer encoding is 'chunked'.");
    if (headers['content-length'] !== undefined)
      return broken("The request has both 'Content-Length' and 'Transfer-Encoding'.");
    if (httpVersionMinor === 0) return broken("HTTP/1.0 does not define 'Transfer-Encoding'.");
  }
  if (!request.url!.startsWith('/') && request.url !== '*') {
    const problem = toOriginForm(request);
    if (problem !== undefined) return problem;
  }
  return door === undefined ? undefined : checkDoor(request, door);
}

/**
 * A client that uses the gateway as its proxy sends an absolute URL (RFC 9112, 3.2.2); only the
 * part after the host matters.
 */
function toOriginForm(request: IncomingMessage): GatewayError | undefined {
  const [, authority, rest] = /^https?:\/\/([^/?#]+)(.*)$/i.exec(request.url!) ?? [];
  if (authority === undefined) return broken('The request target is not a path.');
  const { host } = request.headers;
  if (host !== undefined && host.toLowerCase() !== authority.toLowerCase())
    return broken("The request target and 'Host' name different hosts.");
  request.url = rest!.startsWith('/') ? rest! : `/${rest!}`;
  return undefined;
}

function checkDoor(
  { headers, url }: IncomingMessage,
  { hosts, origins }: OpenDoor,
): GatewayError | undefined {
  if (PROBES.has(url!.split('?', 1)[0]!)) return undefined;
  const { host, origin } = headers;
  if (origin !== undefined && !origins.has('*') && !origins.has(origin) && !isOwn(origin, host))
    return new OriginNotAllowedError(origin);
  if (host === undefined) return undefined;
  const name = hostName(host);
  return IP_ADDRESS.test(name) || LOOPBACK_NAME.test(name) || hosts.has(name)
    ? undefined
    : new HostNotAllowedError(host);
}

/**
 * Whether a page calls the host from which it was loaded; the scheme may differ behind a proxy that
 * terminates TLS.
 */
function isOwn(origin: string, host: string | undefined): boolean {
  const own = /^https?:\/\/(.+)$/i.exec(origin)?.[1];
  return own !== undefined && host !== undefined && withoutUsualPort(own) === withoutUsualPort(host);
}

function withoutUsualPort(host: string): string {
  return host.toLowerCase().replace(/:(?:80|443)$/, '');
}

/** The name without the port and the trailing dot of a fully qualified name, in lower case. */
function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
}

function broken(message: string): BrokenRequestError {
  return new BrokenRequestError(400, 'invalid_value', message);
}
