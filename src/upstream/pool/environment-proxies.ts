import { BlockList, isIP } from 'node:net';
import { Dispatcher } from 'undici';
import { type ProxyEnvironment } from '../../config/environment/proxy-environment.js';

/** The cloud's metadata server has a link-local address, which no proxy can reach. */
const METADATA_HOST = 'metadata.google.internal';
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/**
 * The proxy address for calls to a URL, from the environment; undefined for a direct connection.
 */
export function environmentProxy(
  { httpProxy, httpsProxy, noProxy }: ProxyEnvironment,
  url: URL,
): string | undefined {
  if (new NoProxy(noProxy ?? '').has(url)) return undefined;
  // As in undici, HTTP_PROXY also serves https:// if HTTPS_PROXY is not set.
  return url.protocol === 'https:' ? (httpsProxy ?? httpProxy) : httpProxy;
}

/**
 * Sends through the proxies of `HTTP_PROXY` and `HTTPS_PROXY`, unless the target is this machine,
 * the metadata server of its cloud, or in `NO_PROXY`.
 */
export class EnvironmentProxies extends Dispatcher {
  readonly #httpProxy: Dispatcher;
  readonly #httpsProxy: Dispatcher;
  readonly #noProxy: NoProxy;
  readonly #routes = new Map<string, Dispatcher>();

  constructor(
    { httpProxy, httpsProxy, noProxy }: ProxyEnvironment,
    private readonly direct: Dispatcher,
    openProxy: (address: string) => Dispatcher,
  ) {
    super();
    this.#httpProxy = httpProxy === undefined ? direct : openProxy(httpProxy);
    // As in undici, HTTP_PROXY also serves https:// if HTTPS_PROXY is not set.
    this.#httpsProxy = httpsProxy === undefined ? this.#httpProxy : openProxy(httpsProxy);
    this.#noProxy = new NoProxy(noProxy ?? '');
  }

  override dispatch(call: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const origin = String(call.origin);
    let route = this.#routes.get(origin);
    if (route === undefined) {
      route = this.routeTo(new URL(origin));
      this.#routes.set(origin, route);
    }
    return route.dispatch(call, handler);
  }

  override async close(): Promise<void> {
    await Promise.all(this.#all().map((dispatcher) => dispatcher.close()));
  }

  override async destroy(): Promise<void> {
    await Promise.all(this.#all().map((dispatcher) => dispatcher.destroy()));
  }

  #all(): Dispatcher[] {
    return [...new Set([this.direct, this.#httpProxy, this.#httpsProxy])];
  }

  /** The dispatcher for calls to this URL. */
  routeTo(url: URL): Dispatcher {
    if (this.#noProxy.has(url)) return this.direct;
    return url.protocol === 'https:' ? this.#httpsProxy : this.#httpProxy;
  }
}

/**
 * Hosts that are reached without a proxy. These are always this machine, the metadata server of its
 * cloud and link-local addresses, and in addition the entries of `NO_PROXY`. Its entries are
 * separated by commas or spaces; each is `*`, a name (with its subdomains), an address, or a
 * network in CIDR notation. A name or an address may have a `:port`; an IPv6 address needs brackets
 * then.
 */
class NoProxy {
  readonly #addresses = new BlockList();
  readonly #names: { readonly host: string; readonly port?: string }[] = [
    { host: 'localhost' },
    { host: METADATA_HOST },
  ];
  #isEverything = false;

  constructor(list: string) {
    this.#addresses.addSubnet('127.0.0.0', 8, 'ipv4');
    this.#addresses.addAddress('::1', 'ipv6');
    this.#addresses.addSubnet('169.254.0.0', 16, 'ipv4');
    for (const entry of list.toLowerCase().split(/[,\s]+/)) if (entry !== '') this.#add(entry);
  }

  has({ protocol, hostname, port }: URL): boolean {
    if (this.#isEverything) return true;
    const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    const version = isIP(host);
    if (version > 0 && this.#addresses.check(host, version === 4 ? 'ipv4' : 'ipv6')) return true;
    const ownPort = port || DEFAULT_PORTS[protocol];
    return this.#names.some(
      (name) =>
        (name.port === undefined || name.port === ownPort) &&
        (host === name.host || (version === 0 && host.endsWith(`.${name.host}`))),
    );
  }

  #add(entry: string): void {
    if (entry === '*') {
      this.#isEverything = true;
      return;
    }
    const [, network = '', prefix = ''] = /^\[?([^[\]/]+)\]?\/(\d+)$/.exec(entry) ?? [];
    const version = isIP(network);
    if (version > 0) {
      if (Number(prefix) <= (version === 4 ? 32 : 128))
        this.#addresses.addSubnet(network, Number(prefix), version === 4 ? 'ipv4' : 'ipv6');
      return;
    }
    if (isIP(entry) === 6) {
      this.#addresses.addAddress(entry, 'ipv6');
      return;
    }
    const { host, port } = /^(?<host>.+?)(?::(?<port>\d+))?$/.exec(entry)!.groups!;
    this.#names.push({ host: host!.replace(/^\[|\]$/g, '').replace(/^\*?\.|\.$/g, ''), port });
  }
}
