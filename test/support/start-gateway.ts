import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { SandboxAddresses } from '../../src/cli/gateway/sandbox-addresses.js';
import { ConfigReload } from '../../src/cli/serving/config-reload.js';
import { LiveConfig } from '../../src/config/live-config.js';
import { loadConfig } from '../../src/config/loading/load-config.js';
import { createApp } from '../../src/create-app.js';
import { Drain } from '../../src/calls/drain.js';
import { RunningCalls } from '../../src/calls/running-calls.js';
import { PROVIDER_TYPES } from '../../src/providers/provider-types.js';
import { GatewayLogger } from '../../src/telemetry/log/gateway-logger.js';

export const TEST_KEY = 'sk-test-caller-key-0001';

/** Each call is one attempt, and failures do not add up: for tests of a single failure. */
export const SINGLE_ATTEMPTS = { retry: { max_retries: 0 }, breaker: { enabled: false } } as const;

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** A gateway under test: the real application, on a real socket. */
export interface TestGateway {
  readonly url: string;
  readonly app: NestExpressApplication;
  readonly drain: Drain;
  readonly running: RunningCalls;
  /** Everything that was logged, one JSON line each. */
  readonly logText: () => string;
  readonly log: () => LogLine[];
  /** A chat call with the test key, unless the headers say otherwise. */
  chat(body: unknown, options?: CallOptions): Promise<Response>;
  get(path: string, options?: CallOptions): Promise<Response>;
  /** Changes the configuration file and reloads it, as SIGHUP does. */
  reload(content: TestConfig): Promise<void>;
  beginDrain(delaySeconds?: number, graceSeconds?: number): Promise<void>;
  close(): Promise<void>;
}

export interface CallOptions {
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
  readonly key?: string | null;
}

/** The content of a configuration file, as an object. JSON is YAML. */
export interface TestConfig {
  readonly server?: Record<string, unknown>;
  readonly auth?: Record<string, unknown>;
  readonly timeouts?: Record<string, unknown>;
  readonly retry?: Record<string, unknown>;
  readonly breaker?: Record<string, unknown>;
  readonly limits?: Record<string, unknown>;
  readonly logging?: Record<string, unknown>;
  readonly metrics?: Record<string, unknown>;
  readonly usage?: Record<string, unknown>;
  readonly models: Record<string, Record<string, unknown>[]>;
}

/** Starts the application as the server does: same loader, same modules, a free port. */
export async function startGateway(content: TestConfig, env: NodeJS.ProcessEnv = {}): Promise<TestGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-test-'));
  const path = join(folder, 'models.yaml');
  writeConfig(path, content);
  return startGatewayOn(path, env, () => rmSync(folder, { recursive: true, force: true }));
}

function writeConfig(path: string, content: TestConfig): void {
  writeFileSync(path, JSON.stringify({ auth: { api_keys: [TEST_KEY] }, ...content }));
}

/** Starts it with an existing configuration file. */
export async function startGatewayOn(
  path: string,
  env: NodeJS.ProcessEnv = {},
  onClose: () => void = () => undefined,
): Promise<TestGateway> {
  let text = '';
  const load = () => loadConfig({ path, modelTypes: PROVIDER_TYPES, env });
  const { config, source } = load();
  const logger = new GatewayLogger(config, { write: (line) => void (text += line) });
  const { app } = await createApp(config, logger);
  await app.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const drain = app.get(Drain);
  const reload = new ConfigReload({
    load,
    written: config,
    source,
    files: new Set(),
    sandbox: new SandboxAddresses(),
    live: app.get(LiveConfig),
    logger,
    isWatchAllowed: false,
  });
  const headersOf = (options: CallOptions): Record<string, string> => ({
    ...(options.key !== null && { authorization: `Bearer ${options.key ?? TEST_KEY}` }),
    ...options.headers,
  });
  return {
    url,
    app,
    drain,
    running: app.get(RunningCalls),
    logText: () => text,
    log: () =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as LogLine),
    chat: (body, options = {}) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headersOf(options) },
        body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
        signal: options.signal,
      }),
    get: (path, options = {}) =>
      fetch(`${url}${path}`, { headers: headersOf(options), signal: options.signal }),
    reload: (next) => {
      writeConfig(path, next);
      return reload.reload('SIGHUP');
    },
    beginDrain: (delaySeconds = 0, graceSeconds = 5) => drain.run(delaySeconds, graceSeconds),
    close: async () => {
      const closed = app.close();
      app.getHttpServer().closeAllConnections();
      await closed;
      onClose();
    },
  };
}

/** Waits until a condition holds, checking every few milliseconds; and fails after two minutes, since a busy machine only makes it slower. */
export async function until(
  isTrue: () => boolean,
  what = 'the condition',
  timeoutMs = 120_000,
): Promise<void> {
  const endAt = Date.now() + timeoutMs;
  while (!isTrue()) {
    if (Date.now() > endAt) throw new Error(`${what} did not come true within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
