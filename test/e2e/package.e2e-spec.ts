import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CLI_KEY,
  type CliOptions,
  CliProcess,
  type CliResult,
  ROOT,
  freePort,
} from '../support/cli-process.js';

const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
const USER_OPTIONS = {
  noEmit: true,
  strict: true,
  target: 'es2022',
  module: 'nodenext',
  lib: ['es2022', 'dom'],
  types: [],
};
/** What a machine needs to reach its registry: its certificates, its proxy, npm's own settings. */
const REACHES_REGISTRY = /^(NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|npm_config_\w+|(https?|no)_proxy)$/i;
const OWN_CONFIG = {
  server: { host: '127.0.0.1' },
  auth: { api_keys: [CLI_KEY] },
  models: { openai: [{ name: 'gpt-4', base_url: 'sandbox:/v1', api_key: 'sandbox-key' }] },
};
const USER_CODE = `
import { type ChatMessage, LlmGatewayError, chat, chatStream, listModels } from 'llm-gateway/client';

const history: ChatMessage[] = [{ role: 'user', content: '你好' }];
const text: string = await chat('你好', 'gpt-3.5-turbo', { max_tokens: 50, temperature: 0.7 });
for await (const piece of chatStream(history, 'gpt-4')) console.log(piece.toUpperCase(), text);
console.log(await listModels(), LlmGatewayError);
// @ts-expect-error a model is needed
await chat('你好');
`;

describe('the package', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-package-'));
  });

  afterEach(async () => {
    await CliProcess.endAll();
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(command: [string, ...string[]], options: CliOptions = {}): Promise<CliResult> {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => REACHES_REGISTRY.test(name)) as [string, string][],
    );
    const result = await new CliProcess([], { command, cwd: folder, input: '', env, ...options }).ended(
      240_000,
    );
    if (result.code !== 0) throw new Error(`${command.join(' ')}\n${result.stdout}\n${result.stderr}`);
    return result;
  }

  /** Runs a server by npx, calls it by curl, and ends it as Ctrl-C does. @returns the kind of the response */
  async function served(words: string[], key: string): Promise<unknown> {
    const port = String(await freePort());
    const command: [string, ...string[]] = ['npx', 'llm-gateway', ...words, '--port', port];
    const server = new CliProcess([], { command, cwd: folder, isGroup: true });
    await server.until(() => server.stdout.includes(`:${port}`));
    const body = JSON.stringify({ model: 'gpt-4', messages: [{ role: 'user', content: 'hello' }] });
    const headers = ['-H', `Authorization: Bearer ${key}`, '-H', 'Content-Type: application/json'];
    const target = `http://127.0.0.1:${port}/v1/chat/completions`;
    const { stdout } = await run(['curl', '-sS', '--noproxy', '*', ...headers, '-d', body, target]);
    server.kill('SIGINT');
    await server.ended();
    return (JSON.parse(stdout) as { object?: unknown }).object;
  }

  it('installs in an empty folder, runs, and brings a typed client', async () => {
    // Without the scripts: the build is there, and other tests are using it.
    const pack = await run(['npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
      cwd: ROOT,
    });
    const [{ filename, files }] = JSON.parse(pack.stdout) as [
      { filename: string; files: { path: string }[] },
    ];
    const paths = files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(['bin/llm-gateway.mjs', 'dist/main.js', 'config/models.yaml']),
    );
    expect(paths.filter((path) => /^(src|test)\/|tsbuildinfo|\.spec\./.test(path))).toEqual([]);

    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    await run([
      'npm',
      'install',
      '--omit=dev',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      `./${filename}`,
    ]);

    const bin = await run(['npx', 'llm-gateway', '--mode', 'list']);
    expect(bin.stdout).toMatch(/^NAME .*\ngpt-3\.5-turbo +openai +enabled/);
    const local = await run(['npx', 'llm-gateway', '--mode', 'local', '--model', 'custom-model']);
    expect(local.stdout).toContain('模型 custom-model');
    expect((await run(['npx', 'llm-gateway', 'list'])).stdout).toMatch(/^gpt-4 +openai +enabled/m);
    writeFileSync(join(folder, 'models.yaml'), JSON.stringify(OWN_CONFIG));
    expect((await run(['npx', 'llm-gateway', 'check', '--config', 'models.yaml'])).stdout).toContain(
      '1 model',
    );
    expect(await served(['--config', 'models.yaml'], CLI_KEY)).toBe('chat.completion');
    expect(await served(['sandbox'], 'sandbox-key')).toBe('chat.completion');

    writeFileSync(join(folder, 'user.ts'), USER_CODE);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: USER_OPTIONS, files: ['user.ts'] }),
    );
    await run([process.execPath, TSC, '-p', '.']);
    const script =
      "import('llm-gateway/client').then((client) => console.log(Object.keys(client).sort().join()))";
    const { stdout } = await run([process.execPath, '-e', script]);
    expect(stdout).toBe('LlmGatewayError,chat,chatStream,listModels\n');
  }, 480_000);
});
