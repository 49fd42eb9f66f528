/** The standard proxy variables. */
export interface ProxyEnvironment {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
}

const USABLE = /^https?:$/;

/** Lower case wins, as in curl; empty and unusable values count as unset. */
export function readProxyEnvironment(env: NodeJS.ProcessEnv): ProxyEnvironment {
  return Object.freeze({
    httpProxy: usable(env, 'http_proxy'),
    httpsProxy: usable(env, 'https_proxy'),
    noProxy: env['no_proxy'] || env['NO_PROXY'] || undefined,
  });
}

/** The variables that name a proxy of an unsupported kind, such as `socks5://`. */
export function unusableProxies(env: NodeJS.ProcessEnv): string[] {
  return ['http_proxy', 'https_proxy'].flatMap((name) => {
    const variable = nameIn(env, name);
    return variable === undefined || usable(env, name) !== undefined ? [] : [variable];
  });
}

function usable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const variable = nameIn(env, name);
  const address = variable === undefined ? undefined : withScheme(env[variable]!);
  if (address === undefined || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  return USABLE.test(url.protocol) && hasReadableUserInfo(url) ? address : undefined;
}

/** Whether user name and password are validly percent-encoded; a bare `%` is an error. */
export function hasReadableUserInfo({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

function nameIn(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return [name, name.toUpperCase()].find((variable) => Boolean(env[variable]));
}

/** `proxy.example:3128` means `http://proxy.example:3128`, as curl takes it. */
function withScheme(address: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`;
}
