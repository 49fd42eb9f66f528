import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CliProcess, freePort, runCli } from '../support/cli-process.js';

const execute = promisify(execFile);

describe('llm-gateway sandbox', () => {
  afterEach(() => CliProcess.endAll());

  it('runs until a signal, and the curl line that it prints works', async () => {
    const port = await freePort();
    const cli = new CliProcess(['sandbox', '--port', String(port)], { input: '' });
    await cli.until(() => cli.stdout.includes('curl'));
    expect(cli.stdout).toContain(`http://127.0.0.1:${port}/v1`);
    const curl = /curl .*/.exec(cli.stdout)![0];
    const { stdout } = await execute('sh', ['-c', `${curl} --silent`]);
    expect(JSON.parse(stdout)).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { content: expect.stringContaining('你好') as string } }],
    });

    const second = await runCli(['sandbox', '--port', String(port)]);
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toMatch(
      new RegExp(`^llm-gateway: port ${port} on 127\\.0\\.0\\.1 is in use.*\\n$`),
    );

    cli.kill('SIGTERM');
    expect(await cli.ended()).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('llm-gateway sandbox --faults', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-faults-'));
  const file = join(folder, 'faults.yaml');
  afterEach(() => CliProcess.endAll());
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function start(path: string): Promise<{ cli: CliProcess; url: string }> {
    const cli = new CliProcess(['sandbox', '--faults', path], { input: '' });
    await cli.until(() => cli.stdout.includes('seed ') || cli.result !== undefined);
    return { cli, url: /http:\/\/\S+/.exec(cli.stdout)![0] };
  }

  async function chat(url: string, model: string, stream = false, path = '/v1'): Promise<Response> {
    return fetch(`${url}${path}/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sandbox-key' },
      body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'Hello' }] }),
    });
  }

  it('fails the calls that the example names, and no other', async () => {
    const { cli, url } = await start('examples/faults.yaml');
    expect(cli.stdout).toContain('5 faults loaded; seed 7\n');
    const statuses = [];
    for (const model of ['gpt-4', 'other', 'gpt-4', 'gpt-4']) statuses.push((await chat(url, model)).status);
    expect(statuses).toEqual([429, 200, 429, 200]);
    for (let time = 0; time < 2; time += 1) {
      const stream = await chat(url, 'flaky-model', true);
      let text = '';
      const decoder = new TextDecoder();
      const reading = (async () => {
        for await (const bytes of stream.body!) text += decoder.decode(bytes as Uint8Array, { stream: true });
      })();
      await expect(reading).rejects.toThrow();
      expect(text.split('\n\n')).toHaveLength(6);
      expect(text).not.toMatch(/\n$/);
    }
    for (let call = 1; call <= 12; call += 1) {
      expect((await chat(url, 'custom-model-name')).status).toBe(call === 11 ? 401 : 200);
    }
    const logIn = (): Promise<Response> =>
      fetch(`${url}/login`, {
        method: 'POST',
        body: JSON.stringify({ username: 'demo', password: 'demo-password' }),
      });
    expect([(await logIn()).status, (await logIn()).status]).toEqual([503, 200]);
    const state = await fetch(`${url}/sandbox/state`);
    expect(await state.json()).toMatchObject({
      pending_faults: 2,
      faults: { status: 3, cut_inside_event: 2, token_revoked: 1 },
    });
    cli.kill('SIGTERM');
    expect(await cli.ended()).toMatchObject({ code: 0, stderr: '' });
  });

  it('gives each kind of fault, one line of YAML each', async () => {
    const kinds = [
      'refuse',
      'html',
      'unauthorized',
      'token_revoked',
      'truncated_json',
      'wrong_content_type',
      'gzip',
      'stream_for_json',
      'split_bytes',
      'big',
    ];
    const streams = ['end_early', 'error_event', 'malformed_event', 'no_done', 'crlf', 'json_for_stream'];
    const lines = [...kinds, ...streams].map((kind) => `  - { kind: ${kind}, model: ${kind} }`);
    writeFileSync(file, `faults:\n${lines.join('\n')}\n`);
    const { url } = await start(file);
    const seen = async (model: string, stream: boolean): Promise<string> => {
      try {
        const response = await chat(url, model, stream);
        const body = await response.text();
        const type = response.headers.get('content-type')!.split(';', 1)[0];
        return `${response.status} ${type}${isGood(body) ? '' : ' spoilt'}`;
      } catch {
        return 'no answer';
      }
    };
    const got: Record<string, string> = {};
    for (const kind of kinds) got[kind] = await seen(kind, false);
    for (const kind of streams) got[kind] = await seen(kind, true);
    expect(got).toEqual({
      refuse: 'no answer',
      html: '200 text/html spoilt',
      unauthorized: '401 application/json spoilt',
      token_revoked: '401 application/json spoilt',
      truncated_json: '200 application/json spoilt',
      wrong_content_type: '200 text/plain',
      gzip: '200 application/json',
      stream_for_json: '200 text/event-stream',
      split_bytes: '200 application/json',
      big: '200 application/json',
      end_early: '200 text/event-stream spoilt',
      error_event: '200 text/event-stream spoilt',
      malformed_event: '200 text/event-stream',
      no_done: '200 text/event-stream spoilt',
      crlf: '200 text/event-stream',
      json_for_stream: '200 application/json',
    });
    for (const kind of kinds) expect(await seen(kind, false)).toBe('200 application/json');
  });

  it('reports every error of a file, with lines and suggestions', async () => {
    writeFileSync(
      file,
      [
        'seeds: 1',
        'faults:',
        '  - kind: stal',
        '  - kind: cut',
        '    afer: 3',
        '    times: 0',
        '  - 7',
        '',
      ].join('\n'),
    );
    const { code, stdout, stderr } = await runCli(['sandbox', '--faults', file]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.replaceAll(file, 'F').trimEnd().split('\n')).toEqual([
      'F:1: seeds: unknown key, did you mean "seed"?',
      'F:3: faults[0].kind: unknown fault "stal", did you mean "stall"?',
      'F:5: faults[1].afer: unknown key for cut, did you mean "after"?',
      'F:6: faults[1].times: expected a whole number of 1 or more, or "always", found 0',
      'F:7: faults[2]: expected a name or an object, found 7',
    ]);
    writeFileSync(file, '');
    expect((await runCli(['sandbox', '--faults', file])).stderr).toBe(
      `${file}:1: the file is empty, expected a mapping with faults\n`,
    );
    const missing = await runCli(['sandbox', '--faults', join(folder, 'none.yaml')]);
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('no such file') as string });
    expect((await runCli(['--faults', file])).code).toBe(2);
  });
});

/** Whole: JSON that parses as an answer, or a stream that says it is done. */
function isGood(body: string): boolean {
  if (body.includes('data:')) return /data: \[DONE\]\s*$/.test(body);
  try {
    return 'choices' in (JSON.parse(body) as object);
  } catch {
    return false;
  }
}
