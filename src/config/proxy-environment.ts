/** The standard proxy variables, as every HTTP program reads them. */
export interface ProxyEnvironment {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
}

/** Lower case wins, as in curl; empty counts as unset. */
export function readProxyEnvironment(env: NodeJS.ProcessEnv): ProxyEnvironment {
  return Object.freeze({
    httpProxy: env['http_proxy'] || env['HTTP_PROXY'] || undefined,
    httpsProxy: env['https_proxy'] || env['HTTPS_PROXY'] || undefined,
    noProxy: env['no_proxy'] || env['NO_PROXY'] || undefined,
  });
}
