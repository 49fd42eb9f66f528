import { Sandbox } from '../../src/sandbox/sandbox.js';
import { MarkdownDocument } from '../support/documents.js';
import { describeWithFramework, describeWithPackage, run } from '../support/python-clients.js';
import { type TestGateway, TEST_KEY, startGateway } from '../support/start-gateway.js';

jest.setTimeout(120_000);

const PAGE = new MarkdownDocument('docs/clients.md');
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

const titleOf = (code: string): string => /(?:from '|from )([@\w./-]+)/.exec(code)![1]!;

describe('the settings in docs/clients.md', () => {
  it.each(PAGE.blocksOf('js').map(({ code }) => [titleOf(code), code] as const))(
    'of %s work as written',
    async (_title, code) => {
      const { output, errors } = await run(process.execPath, ['--input-type=module'], here(code));
      checkOutput(output || errors, code);
    },
  );

  it('of Codex and Claude Code are those that the agents are tried with', () => {
    const [codex] = PAGE.blocksOf('toml');
    expect(codex!.code).toContain('wire_api = "responses"');
    const [claude] = PAGE.blocksOf('sh', 'claude');
    for (const name of ['ANTHROPIC_BASE_URL', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_MODEL'])
      expect(claude!.code).toContain(name);
  });
});

const PYTHON_BLOCKS = PAGE.blocksOf('python').map(({ code }) => ({ module: titleOf(code), code }));
const tries = (code: string) => (python: string) =>
  it('work as written', async () => {
    const { output, errors } = await run(python, ['-'], here(code));
    checkOutput(output || errors, code);
  });

for (const { module, code } of PYTHON_BLOCKS) {
  const name = `the settings of ${module} for Python in docs/clients.md`;
  if (/^(?:langchain|llama)/.test(module)) describeWithFramework(name, module, tries(code));
  else describeWithPackage(name, module, tries(code));
}
