import { createServer } from 'node:http';
import { type GatewayConfig } from '../../config/gateway.config.js';
import { type SharedEntries } from '../../cache/shared-entries.js';
import { CommandError } from '../command-error.js';
import { listen } from '../serving/listen.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** The oldest supported version; `engines` of package.json. */
const OLDEST_NODE: readonly [number, number] = [20, 19];
const RECOMMENDED_NODE = 24;
const ANSWER_MS = 2000;

export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldMajor, oldMinor] = OLDEST_NODE;
  if (major < oldMajor || (major === oldMajor && minor < oldMinor))
    return problem('node', `${version} is too old, expected at least ${OLDEST_NODE.join('.')}`);
  if (major < RECOMMENDED_NODE) return ok('node', `${version} (works; ${RECOMMENDED_NODE} is recommended)`);
  return ok('node', version);
}

/** Whether the gateway could listen on its port, or already does. */
export async function checkPort({ server: { host, port } }: GatewayConfig): Promise<Finding> {
  const server = createServer();
  try {
    await listen(server, host, port);
    return ok('port', port === 0 ? 'the system chooses one' : `${port} on ${host} is free`);
  } catch (error) {
    if (await isGateway(host, port)) return ok('port', `${port} on ${host}: a gateway is running there`);
    return problem('port', error instanceof CommandError ? error.message : String((error as Error).message));
  } finally {
    server.close();
  }
}

async function isGateway(host: string, port: number): Promise<boolean> {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  try {
    const response = await fetch(`http://${name}:${port}/v1/health`, {
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const body = (await response.json()) as { readonly status?: unknown; readonly models?: unknown };
    return body.status === 'ok' && body.models !== undefined;
  } catch {
    return false;
  }
}

export function checkProxy({ proxies: { httpProxy, httpsProxy, noProxy } }: GatewayConfig): Finding {
  const shown = [
    ...(httpsProxy === undefined ? [] : [`HTTPS_PROXY ${new URL(httpsProxy).origin}`]),
    ...(httpProxy === undefined ? [] : [`HTTP_PROXY ${new URL(httpProxy).origin}`]),
    ...(noProxy === undefined ? [] : [`NO_PROXY ${noProxy}`]),
  ];
  return ok('proxy', shown.join(', ') || 'none in the environment');
}

export function checkRedis({ cache }: GatewayConfig, entries: SharedEntries): Finding {
  if (cache.redis_url === undefined) return ok('redis', 'not configured');
  return entries.state === 'shared'
    ? ok('redis', 'connected')
    : problem('redis', 'cannot be reached or used; each replica keeps its own tokens');
}

/** Opens the store of usage records, as a start does. */
export async function checkStore({ usage }: GatewayConfig): Promise<Finding> {
  if (usage.store === undefined) return ok('store', 'memory only');
  try {
    const { openStore } = await import('../../usage/store/open-store.js');
    const store = await openStore(usage);
    try {
      await store.migrate();
    } finally {
      await store.close();
    }
    return ok('store', usage.filePath ?? 'the database can be used');
  } catch (error) {
    const code =
      typeof error === 'object' && error !== null && 'code' in error ? ` (${String(error.code)})` : '';
    const what = usage.filePath === undefined ? 'the database' : `the file ${usage.filePath}`;
    return usage.filePath === undefined
      ? problem('store', `${what} cannot be opened${code}`)
      : warning('store', `${what} cannot be opened${code}; usage would be kept in memory only`);
  }
}
