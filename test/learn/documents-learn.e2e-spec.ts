import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, runCli } from '../support/cli-process.js';
import { type CodeBlock, bothOf, wordsOf } from '../support/documents.js';

const PORT = '9200';
const FILES = ['login.curl', 'ask.curl'];

/** The service of the tutorial, on a port of its own. */
async function startTutorial(port: number, folder: string) {
  const [tutorial] = bothOf('in-house.md');
  const [{ code }] = tutorial!.blocksOf('js') as [CodeBlock];
  const path = join(folder, 'service.mjs');
  writeFileSync(path, code.replaceAll(PORT, String(port)));
  const child = spawn(process.execPath, [path], { stdio: 'pipe' });
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('close', () => reject(new Error('the service of the tutorial ended')));
  });
  return { stop: () => new Promise((resolve) => (child.once('close', resolve), child.kill())) };
}

describe.each(bothOf('learn.md'))('$name', (document) => {
  it('shows what its commands do', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'learn-page-'));
    for (const name of ['clone', 'house']) mkdirSync(join(folder, name));
    const port = await freePort();
    const service = await startTutorial(port, folder);
    const here = (text: string) => text.replaceAll(PORT, String(port));
    try {
      const commands = document.blocksOf('sh').map(({ code }) => code);
      for (const [index, file] of FILES.entries())
        writeFileSync(join(folder, 'house', file), here(commands[index]!));
      const cwd = join(folder, 'clone');
      const run = (command: string) => runCli(wordsOf(command.replace('npx llm-gateway ', '')), { cwd });
      const learned = await run(commands[2]!);
      expect(learned).toMatchObject({ code: 0, stdout: '' });
      const [{ code: shown }] = document.blocksOf('text') as [CodeBlock];
      expect(learned.stderr).toBe(shown);
      expect(await run(commands[3]!)).toMatchObject({ code: 0 });
      const env = { LLM_GATEWAY_KEY: 'sk-a-key-of-a-test', HOUSE_USER: 'demo', HOUSE_PASSWORD: 's3cret' };
      const [tried] = document.inlineCode.filter((code) => code.startsWith('npx llm-gateway try '));
      const words = wordsOf(tried!.replace('npx llm-gateway ', ''));
      const call = await runCli(words, { cwd, env });
      expect(call.stdout).toContain('You said: 你好');
      expect(call.code).toBe(0);
    } finally {
      await service.stop();
      rmSync(folder, { recursive: true });
    }
  });

  it('names every service that the suite learns', () => {
    const services = readdirSync(join(import.meta.dirname, 'services'));
    const rows = document.tables.at(-1)!;
    expect(rows.length - 2).toBe(services.length);
  });
});
