import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.js';
import { CliProcess, runCli } from '../support/cli-process.js';
import { until } from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

const SECRETS = {
  callerKey: 'sk-planted-caller-key-88',
  wrongKey: 'sk-planted-wrong-key-88',
  apiKey: 'planted-upstream-api-key-88',
  header: 'planted-header-secret-88',
  password: 'planted-password-88',
  loginToken: 'planted-login-token-88',
  collectorKey: 'planted-collector-key-88',
  prompt: 'planted-prompt-88',
  upstreamWords: 'planted-upstream-words-88',
};
const START_MS = 60_000;

let upstream: TestUpstream;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'log-file-'));
  upstream = await startUpstream();
});
afterEach(async () => {
  await upstream.close();
  rmSync(folder, { recursive: true });
});

/** The path in the configuration is relative: it counts from the configuration's folder. */
function write(file: Record<string, unknown>): string {
  const base_url = upstream.url;
  const path = join(folder, 'models.yaml');
  writeFileSync(
    path,
    JSON.stringify({
      server: { host: '127.0.0.1', port: 0, debug: true },
      auth: { api_keys: [{ name: 'caller', key: SECRETS.callerKey }] },
      logging: { file },
      models: {
        openai: [
          { name: 'key', base_url, api_key: SECRETS.apiKey, headers: { 'x-secret-token': SECRETS.header } },
        ],
        request: [
          {
            name: 'login',
            base_url,
            auth_url: `${base_url}/auth`,
            username: 'user',
            password: SECRETS.password,
          },
        ],
      },
    }),
  );
  return path;
}

const textOf = (name: string): string => {
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch {
    return '';
  }
};

async function addressIn(name: string): Promise<string> {
  const found = (): string | undefined => /"message":"listening","url":"([^"]+)"/.exec(textOf(name))?.[1];
  await until(() => found() !== undefined, 'the line in the file', START_MS);
  return found()!;
}

const ask = (url: string, model: string, key = SECRETS.callerKey): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: SECRETS.prompt }] }),
  });

describe('metrics.port', () => {
  it(
    'stops the start if another program listens on that port',
    async () => {
      const { port } = new URL(upstream.url);
      const path = join(folder, 'models.yaml');
      writeFileSync(
        path,
        JSON.stringify({
          server: { host: '127.0.0.1', port: 0 },
          auth: { api_keys: [SECRETS.callerKey] },
          metrics: { port: Number(port) },
          models: { openai: [{ name: 'm', base_url: upstream.url }] },
        }),
      );
      const { code, stderr } = await runCli(['--config', path]);
      expect(code).toBe(1);
      expect(stderr).toContain(
        `metrics.port ${port} on 127.0.0.1 cannot be opened (EADDRINUSE); choose another port`,
      );
    },
    START_MS,
  );
});

describe('logging.file', () => {
  it(
    'takes the log from start to end, and is opened anew on SIGHUP',
    async () => {
      upstream.handle(({ res }) => sendJson(res, completion()));
      const gateway = new CliProcess(['--config', write({ path: 'logs/gateway.log', max_size: 0 })]);
      const url = await addressIn('logs/gateway.log');
      expect((await ask(url, 'key')).status).toBe(200);
      await until(() => textOf('logs/gateway.log').includes('"message":"request"'), 'the access line');
      renameSync(join(folder, 'logs/gateway.log'), join(folder, 'logs/old.log'));
      gateway.child.kill('SIGHUP');
      await until(() => readdirSync(join(folder, 'logs')).includes('gateway.log'), 'the new file');
      expect((await ask(url, 'key')).status).toBe(200);
      await until(() => textOf('logs/gateway.log').includes('"message":"request"'), 'the second access line');
      gateway.child.kill('SIGTERM');
      const { code, stdout } = await gateway.ended();
      expect(code).toBe(0);
      expect(textOf('logs/gateway.log')).toContain('"message":"stopped"');
      expect(stdout).toBe(`Logging to ${join(folder, 'logs/gateway.log')}\n`);
      const count = (name: string) => textOf(name).split('"message":"request"').length - 1;
      expect(count('logs/old.log') + count('logs/gateway.log')).toBe(2);
    },
    START_MS,
  );

  it(
    'stops the start if the file cannot be written',
    async () => {
      const { code, stderr } = await runCli(['--config', write({ path: '.' })]);
      expect(code).toBe(1);
      expect(stderr).toContain(`the log file ${folder} cannot be written (EISDIR)`);
    },
    START_MS,
  );

  it(
    'holds no secret, and neither do measurements, traces and errors',
    async () => {
      const collector: OtlpReceiver = await startOtlpReceiver();
      upstream.handle(({ path, headers, body, res }) => {
        if (path === '/auth') return sendJson(res, { token: SECRETS.loginToken });
        const heard = `${SECRETS.upstreamWords} ${JSON.stringify(headers)} ${body.toString()}`;
        sendJson(res, { error: { message: heard, type: heard, code: heard } }, 500);
      });
      const gateway = new CliProcess(['--config', write({ path: 'gateway.log' })], {
        env: {
          OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
          OTEL_EXPORTER_OTLP_HEADERS: `x-key=${SECRETS.collectorKey}`,
          OTEL_BSP_SCHEDULE_DELAY: '50',
        },
      });
      const url = await addressIn('gateway.log');
      let errors = '';
      for (const model of ['key', 'login', SECRETS.prompt]) errors += await (await ask(url, model)).text();
      errors += await (await ask(url, 'key', SECRETS.wrongKey)).text();
      const metrics = await fetch(`${url}/metrics`, {
        headers: { authorization: `Bearer ${SECRETS.callerKey}` },
      });
      const measured = await metrics.text();
      expect(measured).toContain('llm_gateway_requests_total{model="key"');
      gateway.child.kill('SIGTERM');
      const { stdout, stderr } = await gateway.ended();
      await collector.close();
      const log = textOf('gateway.log');
      expect(log.split('"message":"request"').length - 1).toBeGreaterThanOrEqual(5);
      expect(collector.posts.length).toBeGreaterThan(0);
      const traces = collector.posts.map(({ body }) => body.toString('latin1')).join('\n');
      expect(traces).toContain('chat login');
      for (const [name, secret] of Object.entries(SECRETS)) {
        const places = { log, measured, traces, stdout, stderr };
        for (const [place, text] of Object.entries(places)) {
          expect(`${name} in ${place}: ${text.includes(secret)}`).toBe(`${name} in ${place}: false`);
        }
      }
      // What an upstream says reaches the caller; secrets are taken out of it.
      const { prompt: _own, upstreamWords: _words, ...secrets } = SECRETS;
      for (const [name, secret] of Object.entries(secrets)) {
        expect(`${name} in errors: ${errors.includes(secret)}`).toBe(`${name} in errors: false`);
      }
    },
    START_MS,
  );
});
