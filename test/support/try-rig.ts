import { CliProcess } from './cli-process.js';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CliResult, ConfigFolder, runCli } from './cli-process.js';
import { type TestUpstream, type UpstreamCall, sendJson, startUpstream } from './start-upstream.js';

export const PASSWORD = 'planted-pass word&77';
export const TOKEN = 'planted-token-0001-abcdef';
export const SALT = 'planted-salt-4711';
export const COOKIE = 'planted-cookie-42';
const SETTING = 'planted-app-key-9';
const SECRETS = [
  PASSWORD,
  encodeURIComponent(PASSWORD),
  'planted-pass+word%2677',
  TOKEN,
  SALT,
  COOKIE,
  SETTING,
];

/** One step of `--json`. */
export interface Shown {
  readonly step: string;
  readonly name?: string;
  readonly [field: string]: unknown;
}

/** A service with many dialects, and `llm-gateway try` for models on it. */
export class TryRig {
  readonly folder = new ConfigFolder();
  readonly #answers = new Map<string, (call: UpstreamCall) => unknown>();

  private constructor(readonly upstream: TestUpstream) {
    upstream.handle((call) => {
      const answer = this.#answers.get(call.path);
      return answer === undefined ? call.res.writeHead(599).end() : answer(call);
    });
    this.configure();
  }

  /** Writes the models, and further configuration. */
  configure(content: Record<string, unknown> = {}): void {
    this.folder.write({ ...content, models: { request: models(this.upstream.url) } });
  }

  static async open(): Promise<TryRig> {
    return new TryRig(await startUpstream());
  }

  /** Runs it, and checks that no secret is shown. */
  async run(...words: string[]): Promise<CliResult> {
    const result = await runCli(['try', ...words, '--config', this.folder.file]);
    for (const secret of SECRETS) expect(result.stdout + result.stderr).not.toContain(secret);
    return result;
  }

  async steps(...words: string[]): Promise<{ ok: boolean; code: number | null; steps: Shown[] }> {
    const { code, stdout } = await this.run(...words, '--json');
    return { ...(JSON.parse(stdout) as { ok: boolean; steps: Shown[] }), code };
  }

  serve(path: string, answer: (call: UpstreamCall) => unknown): void {
    this.#answers.set(path, answer);
  }

  json(path: string, body: unknown, status = 200, headers: Record<string, string> = {}): void {
    this.serve(path, ({ res }) => {
      for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
      sendJson(res, body, status);
    });
  }

  /** Writes a file with a recorded response. */
  record(name: string, text: string): string {
    const path = join(this.folder.path, name);
    writeFileSync(path, text);
    return path;
  }

  async close(): Promise<void> {
    await this.upstream.close();
    this.folder.remove();
  }
}

export function kinds(steps: readonly Shown[]): string[] {
  return steps.map(({ step, name }) => (name === undefined ? step : `${step} ${name}`));
}

function models(url: string): Record<string, unknown>[] {
  const account = { base_url: `${url}/api`, username: 'demo', password: PASSWORD };
  const own = { base_url: `${url}/api`, token: TOKEN };
  const mapping = {
    settings: { app: 'a1', app_key: SETTING },
    request: {
      path: '/ask/{$settings.app}',
      body: '{ "q": messages[-1].content, "k": $settings.app_key }',
    },
    response: { text: 'data.answer', error: 'code = 0 ? "" : msg' },
    stream: { text: 'data.delta', done: 'data.end' },
  };
  const login = {
    url: `${url}/login`,
    send_as: 'form',
    token: 'body.data.ticket',
    lifetime: 'body.data.ms',
    lifetime_unit: 'milliseconds',
  };
  const job = {
    request: { path: '/jobs', body: '{ "q": messages[-1].content }' },
    poll: { path: '/jobs/{id}', done: 'state = "done"', interval_seconds: 0.02 },
    response: { text: 'result' },
  };
  return [
    { name: 'default', ...account, auth_url: `${url}/login` },
    { name: 'recipe', ...account, login },
    { name: 'basic', ...account, login: { preset: 'basic' } },
    ...['oauth2_client_credentials', 'oauth2_password'].map((preset) => ({
      name: preset,
      ...account,
      login: { url: `${url}/login`, preset, fields: { scope: 'chat' } },
    })),
    {
      name: 'steps',
      ...account,
      login: {
        steps: [
          { url: `${url}/challenge`, send_as: 'none', keep: { salt: 'body.salt' } },
          { url: `${url}/login`, body: '{ "u": username, "h": $sha256(password & kept.salt) }' },
        ],
        token: 'body.token',
      },
    },
    { name: 'mapped', ...own, ...mapping },
    { name: 'failing', ...own, ...mapping, response: { text: 'data' } },
    { name: 'throwing', ...own, ...mapping, request: { body: '{ "q": $number(messages[0].content) }' } },
    { name: 'job', ...own, ...job },
  ];
}

/** What `openTryRig` has opened. */
export let rig: TryRig;

/** For a whole spec: a rig for each test. */
export function openTryRig(): void {
  beforeEach(async () => {
    rig = await TryRig.open();
  });
  afterEach(async () => {
    await CliProcess.endAll();
    await rig.close();
  });
}
