/** The standard proxy variables, as every HTTP program reads them. */
export interface ProxyEnvironment {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
}

/** Lower case wins, as in curl; empty counts as unset. */
export function readProxyEnvironment(env: NodeJS.ProcessEnv): ProxyEnvironment {
  const read = (name: string): string | undefined => env[name] || env[name.toUpperCase()] || undefined;
  return Object.freeze({
    httpProxy: withScheme(read('http_proxy')),
    httpsProxy: withScheme(read('https_proxy')),
    noProxy: read('no_proxy'),
  });
}

/** `proxy.example:3128` means `http://proxy.example:3128`, as curl takes it. */
function withScheme(address: string | undefined): string | undefined {
  return address === undefined || /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`;
}
