import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCliArguments } from '../src/cli/arguments.js';
import { runCli } from './support/cli-process.js';
import { type CodeBlock, DOCUMENTS, README, ROOT, bothOf, wordsOf } from './support/documents.js';

const SPAWN_TIMEOUT_MS = 120_000;

/** The gateway's commands, in shell blocks and in sentences. */
const ALL = DOCUMENTS.flatMap(({ name, commands, inlineCode }) =>
  [
    ...commands.map((command) => ({ command, isInBlock: true })),
    ...inlineCode.map((command) => ({ command, isInBlock: false })),
  ].flatMap(({ command, isInBlock }) => {
    const match = /^(?:\w+=\S+ )?(?:npx llm-gateway|npm start --)(?: (.*))?$/.exec(command);
    if (match === null) return [];
    const args = match[1]?.replace(/ [|>].*$/, '') ?? '';
    return [{ name, command, args, isInBlock }];
  }),
);

describe('the commands in the documents', () => {
  it.each(ALL.filter(({ args }) => !/^…|^[A-Z]+$/.test(args)))('$name: $command', ({ args }) => {
    expect(() => parseCliArguments(wordsOf(args))).not.toThrow();
  });

  /** Those of blocks that end by themselves and need no file of the reader's. */
  const runnable = ALL.filter(
    ({ args, isInBlock }) =>
      isInBlock && !args.includes('../') && /^(?:check|explain|list|test|try|key|schema|--mode)\b/.test(args),
  ).map(({ args }) => args);

  it.each([...new Set(runnable)])(
    'npx llm-gateway %s works',
    async (args) => {
      const folder = mkdtempSync(join(tmpdir(), 'documents-'));
      try {
        cpSync(join(ROOT, 'config'), join(folder, 'config'), { recursive: true });
        const { code, stderr, stdout } = await runCli(wordsOf(args), { cwd: folder });
        expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
        expect(stdout + stderr).not.toBe('');
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    SPAWN_TIMEOUT_MS,
  );

  it.each(README)(
    '$name: check the first model as it is',
    async (document) => {
      const folder = mkdtempSync(join(tmpdir(), 'first-model-'));
      try {
        for (const name of ['clone', 'my-gateway']) mkdirSync(join(folder, name));
        const [{ code: yaml }] = document.blocksOf('yaml') as [CodeBlock];
        writeFileSync(join(folder, 'my-gateway/models.yaml'), yaml);
        const [command, ...others] = document.commands.filter((each) =>
          each.startsWith('npx llm-gateway check'),
        );
        expect(others).toEqual([]);
        const args = wordsOf(command!.replace('npx llm-gateway ', ''));
        const { code, stderr } = await runCli(args, { cwd: join(folder, 'clone') });
        expect({ code, stderr }).toEqual({
          code: 0,
          stderr: expect.not.stringContaining('problem') as string,
        });
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    SPAWN_TIMEOUT_MS,
  );

  it(
    'list the default models as shown',
    async () => {
      const { code, stdout } = await runCli(['--mode', 'list', '--config', 'config/models.yaml']);
      expect(code).toBe(0);
      for (const document of bothOf('cli.md')) {
        expect(document.blocksOf('text', 'MAX_TOKENS')[0]!.code.startsWith(stdout)).toBe(true);
      }
    },
    SPAWN_TIMEOUT_MS,
  );

  it.each(bothOf('quickstart.md'))(
    '$name: list the models of the quick start as shown',
    async (document) => {
      const folder = mkdtempSync(join(tmpdir(), 'quickstart-list-'));
      try {
        writeFileSync(join(folder, 'models.yaml'), (document.blocksOf('yaml') as [CodeBlock])[0].code);
        writeFileSync(join(folder, 'team-a.key'), 'sk-my-own-key\n');
        const { code, stdout } = await runCli(['--mode', 'list', '--config', join(folder, 'models.yaml')]);
        expect(code).toBe(0);
        expect(document.blocksOf('text', 'MAX_TOKENS')[0]!.code.startsWith(stdout)).toBe(true);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    SPAWN_TIMEOUT_MS,
  );
});
