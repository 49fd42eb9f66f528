import { Sandbox } from '../../src/sandbox/sandbox.js';
import { DOCUMENTS, bothOf } from '../support/documents.js';
import { describeWithFramework, describeWithPackage, run } from '../support/python-clients.js';
import { type TestGateway, TEST_KEY, startGateway } from '../support/start-gateway.js';

jest.setTimeout(180_000);

const DEMO_KEY = 'sk-llm-gateway-demo';
const DEMO_URL = 'http://localhost:8000';

let sandbox: Sandbox;
let gateway: TestGateway;

beforeAll(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 0 });
  const base_url = `${sandbox.url}/v1`;
  gateway = await startGateway({
    models: { openai: [{ name: 'gpt-4', base_url, api_key: 'sandbox-key' }] },
  });
});
afterAll(async () => {
  await gateway?.close();
  await sandbox?.close();
});

/** The code as the page has it, at the address of the test. */
const here = (code: string): string => {
  expect(code).toContain(DEMO_URL);
  return code.replaceAll(DEMO_URL, gateway.url).replaceAll(DEMO_KEY, TEST_KEY);
};

/** One line is printed for each call that the code makes: words of the sandbox, or how many numbers a vector has. */
function checkOutput(output: string, code: string): void {
  const lines = output.trim().split('\n');
  expect(lines).toHaveLength(code.match(/^\s*(?:console\.log|print)\(/gm)!.length);
  for (const line of lines) expect(line).toMatch(/Hello|^\d+$/);
}

const titleOf = (code: string): string => /(?:from '|from )([@:\w./-]+)/.exec(code)![1]!;

/** Blocks of all documents in a language; what both languages show, once. */
function blocksOf(language: string): readonly { readonly module: string; readonly code: string }[] {
  const codes = DOCUMENTS.flatMap((document) => document.blocksOf(language).map(({ code }) => code));
  return [...new Set(codes)].map((code) => ({ module: titleOf(code), code }));
}

const OWN_CLIENT = 'llm-gateway/client';

describe('the programs in the documents', () => {
  // The service of the tutorial is started by documents-calls.spec.ts.
  const scripts = blocksOf('js').filter(({ module }) => module !== 'node:http' && module !== OWN_CLIENT);

  it.each(scripts)('with $module work as written', async ({ code }) => {
    const { output, errors } = await run(process.execPath, ['--input-type=module'], here(code));
    checkOutput(output || errors, code);
  });

  it.each(blocksOf('js').filter(({ module }) => module === OWN_CLIENT))(
    "with the package's own client work as written",
    async ({ code }) => {
      const { output, errors } = await run(process.execPath, ['--input-type=module'], code, {
        LLM_GATEWAY_URL: gateway.url,
        LLM_GATEWAY_API_KEY: TEST_KEY,
      });
      expect(errors).toBe('');
      expect(output).toContain('gpt-4');
      expect(output.match(/Hello/g)!.length).toBeGreaterThanOrEqual(2);
    },
  );

  it('for Codex, Claude Code and Continue have the settings that the agents are tried with', () => {
    for (const page of bothOf('clients.md')) {
      const [codex] = page.blocksOf('toml');
      expect(codex!.code).toContain('wire_api = "responses"');
      const [claude] = page.blocksOf('sh', 'claude');
      for (const name of ['ANTHROPIC_BASE_URL', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_MODEL'])
        expect(claude!.code).toContain(name);
      const [continued] = page.blocksOf('yaml', 'apiKey');
      for (const name of ['schema: v1', 'provider: openai', 'apiBase: http://localhost:8000/v1'])
        expect(continued!.code).toContain(name);
    }
  });
});

const tries = (code: string) => (python: string) =>
  it('work as written', async () => {
    const { output, errors } = await run(python, ['-'], here(code));
    checkOutput(output || errors, code);
  });

for (const { module, code } of blocksOf('python')) {
  const name = `the programs in the documents with ${module} for Python`;
  if (/^(?:langchain|llama)/.test(module)) describeWithFramework(name, module, tries(code));
  else describeWithPackage(name, module, tries(code));
}
