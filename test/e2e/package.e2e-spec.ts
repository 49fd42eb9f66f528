import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliOptions, CliProcess, type CliResult, ROOT } from '../support/cli-process.js';

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
  }, 300_000);
});
