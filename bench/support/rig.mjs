import { once } from 'node:events';
import { join } from 'node:path';
import { Worker, freePort, startNode, until } from './processes.mjs';
import { GATEWAY_KEY, UPSTREAM_KEY, trafficFor } from './traffic.mjs';

const BENCH = join(import.meta.dirname, '..');

/**
 * @typedef {object} Variant one way to the upstream
 * @property {'direct' | 'raw' | 'gateway'} name
 * @property {number} port
 * @property {number} pid the process whose CPU time and memory are measured
 * @property {import('./traffic.mjs').Traffic} traffic
 * @property {() => Promise<void>} [prepare] done before each of its turns
 */

/** The processes of one run: upstream, load generator, and the variants to compare. */
export class Rig {
  /** @type {{ direct: Variant, raw: Variant, gateway: Variant }} */
  variants;

  /**
   * @param {{ dist: string, folder: string, upstreamKind: string, nodeOptions: readonly string[],
   *   streamTokens: number }} options
   */
  static async start(options) {
    const rig = new Rig();
    rig.options = options;
    const upstream = startNode([join(BENCH, 'upstream.mjs'), options.upstreamKind, options.dist], {
      hasIpc: true,
    });
    const [{ ports }] = await once(upstream, 'message');
    rig.upstream = upstream;
    [rig.upstreamPort, rig.slowUpstreamPort, rig.houseUpstreamPort] = ports;
    const load = startNode([join(BENCH, 'load.mjs')], { hasIpc: true });
    rig.load = new Worker(load);
    const raw = await rig.startRawProxy(rig.upstreamPort);
    const gateway = await rig.startGateway();
    rig.gatewayLogPath = gateway.logPath;
    const { streamTokens } = options;
    const direct = trafficFor({
      model: 'bench-model',
      slowModel: 'bench-model',
      key: UPSTREAM_KEY,
      streamTokens,
    });
    const keyed = trafficFor({
      model: 'bench-model',
      slowModel: 'bench-model-slow',
      key: GATEWAY_KEY,
      streamTokens,
    });
    rig.variants = {
      direct: { name: 'direct', port: rig.upstreamPort, pid: upstream.pid, traffic: direct },
      raw: { name: 'raw', ...raw, traffic: direct },
      gateway: { name: 'gateway', ...gateway, traffic: keyed },
    };
    return rig;
  }

  /** @param {number} upstreamPort */
  async startRawProxy(upstreamPort) {
    const port = await freePort();
    const child = startNode([join(BENCH, 'raw-proxy.mjs'), `http://127.0.0.1:${upstreamPort}`, String(port)]);
    await until('raw proxy', () => ask(port, UPSTREAM_KEY, 'bench-model'));
    return { port, pid: child.pid, child };
  }

  /** Settles with the first good answer to a chat; `startMs` is how long that took. */
  async startGateway({
    configPath = join(BENCH, 'gateway.yaml'),
    env = {},
    nodeOptions = this.options.nodeOptions,
    hasIpc = false,
  } = {}) {
    const { dist, folder } = this.options;
    const port = await freePort();
    const logPath = join(folder, `gateway-${port}.log`);
    const startedAt = performance.now();
    const child = startNode(
      [...nodeOptions, join(dist, 'main.js'), '--config', configPath, '--port', String(port)],
      {
        logPath,
        hasIpc,
        env: {
          BENCH_UPSTREAM: `http://127.0.0.1:${this.upstreamPort}`,
          BENCH_SLOW_UPSTREAM: `http://127.0.0.1:${this.slowUpstreamPort}`,
          BENCH_HOUSE_UPSTREAM: `http://127.0.0.1:${this.houseUpstreamPort}`,
          ...env,
        },
      },
    );
    await until('gateway', () => ask(port, GATEWAY_KEY, 'bench-model'));
    return { port, pid: child.pid, child, logPath, startMs: performance.now() - startedAt };
  }

  /** The body of the last request that the upstream received. @returns {Promise<string>} */
  async lastUpstreamRequest() {
    this.upstream.send('last-request');
    const [{ lastRequest }] = await once(this.upstream, 'message');
    return lastRequest;
  }

  /** The target of a variant's held streams: the raw proxy knows only one upstream. */
  async startSlowRawProxy() {
    return this.startRawProxy(this.slowUpstreamPort);
  }
}

/** One small chat; undefined while nothing responds. */
async function ask(port, key, model) {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Are you there?' }] }),
    });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`HTTP ${answer.status}: ${text.slice(0, 300)}`);
    return text;
  } catch (error) {
    if (error.cause?.code === 'ECONNREFUSED') return undefined;
    throw error;
  }
}
