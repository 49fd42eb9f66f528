import { type LookupAddress, type LookupOptions, type lookup } from 'node:dns';
import { isIP } from 'node:net';
import { RequestError, Server } from 'proxy-chain';

export interface ProxiedRequest {
  readonly method: string;
  /** `http://host/path` for a plain request, `host:port` for CONNECT. */
  readonly target: string;
  readonly host: string | undefined;
  readonly user: string;
}

/** A real forward proxy on loopback. Names under `.internal.test` lead to loopback; nothing else is reached. */
export interface TestProxy {
  readonly url: string;
  readonly port: number;
  /** All requests to it, refused ones included. */
  readonly seen: ProxiedRequest[];
  close(): Promise<void>;
}

export interface TestProxyOptions {
  /** The credentials that it demands; without them everyone may pass. */
  readonly user?: string;
  readonly password?: string;
  /** Refuses everything with this status. */
  readonly refuseWith?: number;
}

export async function startForwardProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
  const seen: ProxiedRequest[] = [];
  const server = new Server({
    host: '127.0.0.1',
    port: 0,
    prepareRequestFunction: ({ request, username, password, hostname }) => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, target: url, host: headers.host, user: username });
      if (options.refuseWith !== undefined)
        throw new RequestError('The test proxy was told to refuse.', options.refuseWith);
      if (options.user !== undefined && (username !== options.user || password !== options.password))
        return { requestAuthentication: true };
      if (!hostname.startsWith('127.') && hostname !== 'localhost' && !hostname.endsWith('.internal.test'))
        throw new RequestError('The test proxy leads to loopback only.', 403);
      return { dnsLookup: toLoopback as typeof lookup };
    },
  });
  await server.listen();
  return {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port,
    seen,
    close: () => server.close(true),
  };
}

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

/** Replaces `dns.lookup`: every name leads to this machine, and no resolver is asked. */
export function toLoopback(
  hostname: string,
  options: LookupOptions | number | LookupCallback,
  callback?: LookupCallback,
): void {
  const done = typeof options === 'function' ? options : callback!;
  const address = isIP(hostname) === 0 ? '127.0.0.1' : hostname;
  const family = isIP(address);
  if (typeof options === 'object' && options.all === true) done(null, [{ address, family }]);
  else done(null, address, family);
}
