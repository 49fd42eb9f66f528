import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { compileFunction } from 'node:vm';
import ts from 'typescript';
import { AuthConfig } from '../src/config/auth.config.js';
import {
  BreakerConfig,
  LimitsConfig,
  LoggingConfig,
  MetricsConfig,
  GlobalRetryConfig,
  TimeoutsConfig,
} from '../src/config/settings.js';
import { ConfigError } from '../src/config/loading/config-error.js';
import { type LoadedConfig, loadConfig } from '../src/config/loading/load-config.js';
import { classFields } from '../src/config/loading/class-fields.js';
import { ServerConfig } from '../src/config/server.config.js';
import { UsageConfig } from '../src/config/usage.config.js';
import { OPENAI_CHAT } from '../src/dialects/openai-chat/openai-chat.js';
import {
  ResponseMappingConfig,
  StreamMappingConfig,
} from '../src/dialects/mapped/response/response-mapping.config.js';
import { PollConfig, RequestMappingConfig } from '../src/dialects/mapped/request/request-mapping.config.js';
import { type LlmProviderType } from '../src/providers/llm-provider.js';
import { PROVIDER_TYPES } from '../src/providers/provider-types.js';
import { LoginCarryConfig, LoginConfig, RefusedWhenConfig } from '../src/credentials/login/login.config.js';
import { type CodeBlock, DOCUMENTS, EXAMPLE_FILE, ROOT, bothOf } from './support/documents.js';

/** Loads a block as a file, completed by what it leaves out. */
function load(yaml: string, env: NodeJS.ProcessEnv, extra: readonly LlmProviderType[] = []): LoadedConfig {
  const folder = mkdtempSync(join(tmpdir(), 'documents-'));
  const whole = [
    yaml,
    ...(/^auth:/m.test(yaml) ? [] : ['auth: { api_keys: ["a-key-of-a-test-0001"] }']),
    ...(/^models:/m.test(yaml) ? [] : ['models: { openai: [{ name: m, base_url: "https://x.test" }] }']),
  ].join('\n');
  writeFileSync(join(folder, 'models.yaml'), whole);
  writeFileSync(join(folder, 'team-a.key'), 'sk-from-a-file-0001\n');
  try {
    return loadConfig({ path: join(folder, 'models.yaml'), modelTypes: [...PROVIDER_TYPES, ...extra], env });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Faults are for the sandbox, and tested in documents-sandbox.spec.ts; `schema: v1` is a file of Continue. */
const isOfOthers = (yaml: string): boolean => /^(?:faults:|schema: v1$)/m.test(yaml);

/** All variables that the block names, set. */
const environmentOf = (yaml: string): NodeJS.ProcessEnv =>
  Object.fromEntries([...yaml.matchAll(/\$\{(\w+)[:}]/g)].map(([, name]) => [name!, `value-of-${name}`]));

/** The provider of the page on the architecture, compiled from its text. */
async function compileExample(): Promise<LlmProviderType> {
  const { code } = bothOf('architecture.md')[0].blocksOf('ts', 'class SignedProvider')[0]!;
  const folder = dirname(join(ROOT, EXAMPLE_FILE));
  const modules = new Map<string, unknown>();
  for (const [, name] of code.matchAll(/from '([^']+)'/g)) {
    const path = name!.startsWith('.') ? resolve(folder, name!).replace(/\.js$/, '.ts') : name!;
    modules.set(name!, await import(path));
  }
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  });
  const exported: { SignedProvider?: LlmProviderType } = {};
  const run = compileFunction(outputText, ['exports', 'require']) as (
    exports: object,
    require: (name: string) => unknown,
  ) => void;
  run(exported, (name) => modules.get(name));
  return exported.SignedProvider!;
}

describe('the configuration in the documents', () => {
  const all = DOCUMENTS.flatMap((document) =>
    document.blocksOf('yaml').map((block, index) => ({
      document,
      block,
      title: `${document.name} ${index}`,
    })),
  ).filter(({ block }) => !isOfOthers(block.code));
  const isBad = ({ block }: (typeof all)[number]) => block.code.includes('base_ur:');
  const isSigned = ({ block }: (typeof all)[number]) => block.code.includes('signed:');

  it.each(all.filter((each) => !isBad(each) && !isSigned(each)))('$title loads', ({ block: { code } }) => {
    const { warnings } = load(code, environmentOf(code));
    // A block is a part of a file: the models that its keys name are elsewhere. And dates pass.
    const others = warnings.filter(
      (warning) => !/: there is no model |: the key "[^"]*" (?:has expired|expires within)/.test(warning),
    );
    // The tutorial's key is as public as the demo's, so its gateway listens on loopback and says so at the
    // start.
    const isPublished = code.includes('sk-house-demo-key');
    expect(others).toEqual(
      isPublished ? [expect.stringContaining("is published in this product's repository") as string] : [],
    );
  });

  it.each(all.filter(isBad))('$title is refused with the message in the document', ({ document, block }) => {
    let refusal: unknown;
    try {
      load(block.code, {});
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(ConfigError);
    const said = (refusal as ConfigError).message.replaceAll(/^.*models\.yaml:/gm, 'bad.yaml:');
    expect(document.after(block)!.code.trim()).toBe(said);
  });

  it.each([
    ['server', new ServerConfig()],
    ['auth', new AuthConfig()],
    ['timeouts', new TimeoutsConfig()],
    ['retry', new GlobalRetryConfig()],
    ['breaker', new BreakerConfig()],
    ['limits', new LimitsConfig()],
    ['logging', new LoggingConfig()],
    ['metrics', new MetricsConfig()],
    ['usage', new UsageConfig()],
  ])('lists every key of %s with its default', (section, defaults) => {
    const expected = Object.entries(defaults).map(([key, value]) => [`${section}.${key}`, shown(key, value)]);
    for (const document of bothOf('configuration.md')) {
      const rows = document.tables
        .flat()
        .filter(([key]) => key!.startsWith(`\`${section}.`))
        .map(([key, value]) => [
          key!,
          /^`.*`$/.test(value!) ? value!.slice(1, -1) : value === '–' ? value : 'required',
        ]);
      expect(rows.map(([key, value]) => [key!.slice(1, -1), value])).toEqual(expected);
    }
  });

  function shown(key: string, value: unknown): string {
    if (key === 'api_keys') return 'required';
    if (value === undefined) return '–';
    if (key === 'header_limit') return `${Number(value) / 1024}kb`;
    if (['body_limit', 'upload_limit', 'bodies_limit', 'answer', 'event'].includes(key)) {
      return `${Number(value) / 1024 / 1024}mb`;
    }
    return typeof value === 'string' ? value : JSON.stringify(value);
  }

  it('lists every key of a model', () => {
    const keys = new Set(PROVIDER_TYPES.flatMap(({ Config }) => [...classFields(Config).keys()]));
    for (const document of bothOf('models.md')) {
      const listed = document
        .tableOf('`base_url`')
        .flatMap(([cell]) => [...cell!.matchAll(/`(\w+)`/g)].map(([, key]) => key!));
      expect(listed.toSorted()).toEqual([...keys].toSorted());
    }
  });
});

describe('the references of login and mapping', () => {
  const keysOf = (...types: (new () => object)[]) =>
    new Set(types.flatMap((type) => [...classFields(type).keys()]));
  const cellsOf = (row: readonly string[], index: number) =>
    [...row[index]!.matchAll(/`(\w+)`/g)].map(([, word]) => word!);

  it.each(bothOf('reference/login.md'))('$name: list every key of a login', (document) => {
    const listed = document.tableOf('`send_as`').flatMap((row) => cellsOf(row, 0));
    expect(listed.toSorted()).toEqual([...keysOf(LoginConfig)].toSorted());
    const [carry, refusal] = ['`carry`', '`refused_when`'].map(
      (key) => document.tableOf('`send_as`').find(([cell]) => cell === key)![2]!,
    );
    for (const key of keysOf(LoginCarryConfig)) expect(carry).toContain(key);
    for (const key of keysOf(RefusedWhenConfig)) expect(refusal).toContain(key);
  });

  it.each([
    ['`interval_seconds`', { request: RequestMappingConfig, poll: PollConfig }],
    ['`whole_text`', { response: ResponseMappingConfig, stream: StreamMappingConfig }],
  ])('name every key of the blocks, in the table with %s', (key, blocks) => {
    for (const document of bothOf('reference/dialect.md')) {
      for (const [block, type] of Object.entries(blocks)) {
        const listed = document
          .tableOf(key)
          .filter((row) => cellsOf(row, 1).includes(block))
          .flatMap((row) => cellsOf(row, 0));
        expect(listed.toSorted()).toEqual([...keysOf(type)].toSorted());
      }
    }
  });
});

describe('the new type of model on the page of the architecture', () => {
  it('compiles', () => {
    const { code } = bothOf('architecture.md')[0].blocksOf('ts', 'class SignedProvider')[0]!;
    const file = join(ROOT, EXAMPLE_FILE);
    const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
      config: object;
    };
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT);
    const host = ts.createCompilerHost(options);
    const fileExists = host.fileExists.bind(host);
    const readFile = host.readFile.bind(host);
    host.fileExists = (path) => path === file || fileExists(path);
    host.readFile = (path) => (path === file ? code : readFile(path));
    const program = ts.createProgram([file], options, host);
    const problems = ts.getPreEmitDiagnostics(program, program.getSourceFile(file));
    expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  }, 60_000);

  it('works as the page describes', async () => {
    const SignedProvider = await compileExample();
    for (const document of bothOf('architecture.md')) {
      const [{ code }] = document.blocksOf('yaml', 'signed:') as [CodeBlock];
      const [model] = load(code, {}, [SignedProvider]).config.models;
      const body = Buffer.from('{"model":"signed-model","messages":[{"role":"user","content":"你好"}]}');
      const call = { request: OPENAI_CHAT.parse(body), headers: {}, isTest: false };
      const upstream = new SignedProvider().connect(model!);
      const { request } = await upstream.prepare(call, await upstream.credential.obtain());
      expect(request.headers).toMatchObject({
        'x-app-id': 'gateway',
        'x-signature': createHmac('sha256', 'a-long-secret').update(request.body).digest('hex'),
        authorization: 'Bearer sandbox-key',
      });
    }
  });

  it('gives the line of the list as it would be', () => {
    const [{ code }] = bothOf('architecture.md')[0].blocksOf('ts', 'PROVIDER_TYPES') as [CodeBlock];
    const list = readFileSync(join(ROOT, 'src/providers/provider-types.ts'), 'utf8');
    expect(list).toContain(code.replace('  SignedProvider,\n', '').trim());
  });
});
