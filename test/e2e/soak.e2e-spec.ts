import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliResult, CliProcess, ROOT } from '../support/cli-process.js';

const SOAK = join(ROOT, 'bench/soak.mjs');
const TIMEOUT_MS = 90_000;
jest.setTimeout(TIMEOUT_MS);

function soak(...args: string[]): Promise<CliResult> {
  const run = new CliProcess(args, { command: [process.execPath, SOAK], input: '' });
  return run.ended(TIMEOUT_MS);
}

/** What passes an answer on without looking at it, and says nothing when the other side breaks off. */
const CARELESS_GATEWAY = `
  import { readFileSync } from 'node:fs';
  import { Agent, createServer, request } from 'node:http';
  const option = (name) => process.argv[process.argv.indexOf(name) + 1];
  const { models } = JSON.parse(readFileSync(option('--config'), 'utf8'));
  const { base_url, api_key } = models.openai[0];
  const agent = new Agent({ keepAlive: true });
  createServer((req, res) => {
    if (req.method === 'GET') return res.end('ready');
    const headers = { ...req.headers, authorization: 'Bearer ' + api_key };
    const up = request(base_url + '/chat/completions', { method: 'POST', headers, agent }, (answer) => {
      res.writeHead(answer.statusCode, { ...answer.headers, 'x-request-id': req.headers['x-request-id'] });
      answer.on('data', (bytes) => res.write(bytes)).on('end', () => res.end()).on('error', () => res.end());
    });
    up.on('error', () => res.destroy());
    req.pipe(up);
  }).listen(Number(option('--port')), '127.0.0.1');
`;

describe('npm run soak', () => {
  afterEach(() => CliProcess.endAll());

  it('reaches its goal in a short run', async () => {
    const { code, stdout, stderr } = await soak('--seconds', '4', '--seed', '1');
    expect({ code, stderr, stdout }).toMatchObject({ code: 0, stderr: '' });
    expect(stdout).toContain('seed 1,');
    expect(stdout).toMatch(/whole answers +[1-9]/);
    expect(stdout).toMatch(/clean errors +[1-9]/);
    expect(stdout).toMatch(/callers who left +[1-9]/);
    expect(stdout).toMatch(/lost +0\n +hung +0\n +mismatched +0\n/);
    expect(stdout).toContain('The goal was reached.\n');
  });

  it('misses its goal with a gateway that loses answers', async () => {
    const dist = mkdtempSync(join(tmpdir(), 'careless-'));
    cpSync(join(ROOT, 'dist/sandbox'), join(dist, 'sandbox'), { recursive: true });
    writeFileSync(join(dist, 'package.json'), '{"type":"module"}');
    writeFileSync(join(dist, 'main.js'), CARELESS_GATEWAY);
    const { code, stdout } = await soak('--seconds', '1', '--seed', '1', '--dist', dist);
    rmSync(dist, { recursive: true });
    expect(stdout).toMatch(/The goal was MISSED: [1-9]\d* lost/);
    expect(code).toBe(1);
  });

  it('explains itself when asked for nonsense', async () => {
    for (const args of [
      ['--seconds', '0'],
      ['--seed', 'x'],
      ['--sceonds', '1'],
    ]) {
      const { code, stderr } = await soak(...args);
      expect([code, stderr]).toEqual([1, expect.stringContaining('Usage: npm run soak')]);
    }
  });
});
