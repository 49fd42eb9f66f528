import { Sandbox } from '../../src/sandbox/sandbox.js';
import { CliProcess, ConfigFolder, MAIN, runCli } from '../support/cli-process.js';
import {
  type TestUpstream,
  beginStream,
  completion,
  sendJson,
  startUpstream,
} from '../support/start-upstream.js';

const ENDING = 'No real model answers here, but every step on the way works.\n';

describe('--mode local', () => {
  let sandbox: Sandbox;
  let upstream: TestUpstream;
  let folder: ConfigFolder;
  let local: string[];

  beforeEach(async () => {
    sandbox = await Sandbox.start({ chunkDelayMs: 20 });
    upstream = await startUpstream();
    folder = new ConfigFolder().write({
      models: {
        openai: [
          { name: 'off', base_url: 'http://127.0.0.1:9', enabled: false },
          { name: 'first', base_url: `${sandbox.url}/v1`, api_key: 'sandbox-key', max_tokens: 77 },
          { name: 'raw', base_url: upstream.url },
        ],
        request: [
          {
            name: 'login',
            base_url: `${sandbox.url}/v1`,
            auth_url: `${sandbox.url}/login`,
            username: 'demo',
            password: 'demo-password',
            model_name: 'inner-name',
          },
        ],
      },
    });
    local = ['--mode', 'local', '--config', folder.file];
  });

  afterEach(async () => {
    await CliProcess.endAll();
    await sandbox.close();
    await upstream.close();
    folder.remove();
  });

  const sentMessages = (): unknown[] =>
    sandbox.requests
      .filter(({ path }) => path.endsWith('/chat/completions'))
      .map(({ body }) => (JSON.parse(body.toString()) as { messages: unknown }).messages);

  it('sends the greeting to the first enabled model', async () => {
    const { code, stdout, stderr } = await runCli(local);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/模型 first。你刚才说：“你好”。.*\n$/);
    expect(JSON.parse(sandbox.requests[0]!.body.toString())).toMatchObject({ stream: true, max_tokens: 77 });
  });

  it('prints the response of a login model as it arrives', async () => {
    const cli = new CliProcess([...local, '--model', 'login', '--message', 'Who are you?'], { input: '' });
    await cli.until(() => cli.stdout.includes('Hello!'));
    expect(cli.stdout).not.toContain(ENDING);
    expect(await cli.ended()).toMatchObject({ code: 0, stderr: '' });
    expect(cli.stdout).toBe(
      `Hello! I am inner-name, a pretend model in the sandbox. You said: "Who are you?". ${ENDING}`,
    );
    expect(cli.pieces.length).toBeGreaterThan(5);
    expect(sandbox.loginCount).toBe(1);
  });

  it('prints neither thoughts nor events, and tool calls as a line of JSON', async () => {
    upstream.handle(({ res }) => {
      beginStream(res);
      const send = (delta: unknown, finish: string | null = null): void =>
        void res.write(
          `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
        );
      res.write(': keep-alive\n\n');
      send({ role: 'assistant', reasoning_content: 'let me think' });
      send({ content: 'Let me ' });
      send({ content: 'look.' });
      send({
        tool_calls: [
          { index: 0, id: 'c1', type: 'function', function: { name: 'look', arguments: '{"a":' } },
        ],
      });
      send({ tool_calls: [{ index: 0, function: { arguments: '1}' } }] });
      send({}, 'tool_calls');
      res.end('data: [DONE]\n\n');
    });
    const { code, stdout, stderr } = await runCli([...local, '--model', 'raw']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [text, calls, end] = stdout.split('\n');
    expect([text, end]).toEqual(['Let me look.', '']);
    expect(JSON.parse(calls!)).toEqual({
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{"a":1}' } }],
    });
  });

  it.each(['content', 'an error', 'an error in the stream', 'a finish reason'])(
    'prints nothing that steers a terminal: %s',
    async (place) => {
      const hostile = '\u001b]0;owned\u0007\u009b31m\u202egnp.exe\u2066 \r你好 👩‍👩‍👧';
      upstream.handle(({ res }) => {
        if (place === 'an error') return sendJson(res, { error: { message: hostile } }, 400);
        beginStream(res);
        const choice = (delta: unknown, finish: string | null) =>
          `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
        const [begin, end] = [hostile.slice(0, 1), hostile.slice(1)];
        if (place === 'content') res.write(choice({ content: begin }, null) + choice({ content: end }, null));
        if (place === 'an error in the stream') {
          return res.end(
            `${choice({ content: 'a' }, null)}data: ${JSON.stringify({ error: { message: hostile } })}\n\n`,
          );
        }
        return res.end(`${choice({ content: 'a' }, place === 'content' ? 'stop' : hostile)}data: [DONE]\n\n`);
      });
      const { stdout, stderr } = await runCli([...local, '--model', 'raw']);
      expect(stdout + stderr).toContain('gnp.exe 你好 👩‍👩‍👧');
      expect(stdout + stderr).not.toMatch(/(?![\t\n])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
    },
  );

  it('prints the response of a service that does not stream', async () => {
    upstream.handle(({ res }) => sendJson(res, completion('all at once')));
    expect(await runCli([...local, '--model', 'raw'])).toMatchObject({
      code: 0,
      stdout: 'all at once\n',
      stderr: '',
    });
  });

  it('reports errors on stderr: exit code 1', async () => {
    // The first call and its retry.
    sandbox.fail({ kind: 'status', status: 500, body: { error: { message: 'the model is on fire' } } }, 2);
    const { code, stdout, stderr } = await runCli(local);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('first: the model is on fire (upstream_error)');
    expect(stderr).not.toContain('    at ');
  });

  it('suggests what to check if the address is wrong', async () => {
    sandbox.fail({ kind: 'status', status: 404, body: 'Not Found' }, 2);
    const { code, stderr } = await runCli(local);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /\(upstream_not_found\)\nThe operator checks `base_url` \(most services want `\/v1`/,
    );
  });

  it('reports that a response broke off', async () => {
    sandbox.fail({ kind: 'cut', after: 3 });
    const { code, stdout, stderr } = await runCli(local);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^你好?\n$/);
    expect(stderr).toContain('upstream_stream_interrupted');
  });

  it.each([
    ['nobody', "no model 'nobody'"],
    ['off', "'off' is disabled"],
  ])('lists the enabled models when asked for %s', async (model, said) => {
    const { code, stdout, stderr } = await runCli([...local, '--model', model]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(said);
    expect(stderr).toContain('Enabled models: first, raw, login');
    expect(stderr).not.toContain('    at ');
  });

  it('cancels the call on Ctrl-C', async () => {
    const cli = new CliProcess(local, { input: '' });
    await cli.until(() => cli.stdout.length > 2);
    cli.kill('SIGINT');
    expect(await cli.ended()).toMatchObject({ code: 1, stderr: 'llm-gateway: cancelled\n' });
    await sandbox.waitFor(({ abortedStreams }) => abortedStreams === 1);
  });

  it('stops quietly when the reader of its output has gone', async () => {
    const program = `"${process.execPath}" "${MAIN}" --mode local --config "${folder.file}"`;
    const cli = await runCli([], {
      command: ['sh', '-c', `{ ${program}; echo "code $?" >&2; } | head -c 3`],
    });
    expect(cli).toMatchObject({ stdout: '你', stderr: 'code 0\n' });
    await sandbox.waitFor(({ abortedStreams }) => abortedStreams === 1);
  });

  describe('--interactive', () => {
    it('holds a conversation by pipe', async () => {
      const cli = await runCli([...local, '--interactive', '--message', 'one'], {
        input: '\n   \ntwo\n/exit\nnever\n',
      });
      expect(cli).toMatchObject({ code: 0, stderr: '' });
      const answers = cli.stdout.trimEnd().split('\n');
      expect(answers).toEqual([
        expect.stringContaining('You said: "one".'),
        expect.stringContaining('You said: "two". That was message 2'),
      ]);
      expect(sentMessages()).toEqual([
        [{ role: 'user', content: 'one' }],
        [
          { role: 'user', content: 'one' },
          { role: 'assistant', content: answers[0] },
          { role: 'user', content: 'two' },
        ],
      ]);
    });

    it.each(['exit', '/exit', 'quit', '/quit'])('shows its help, and ends at %s', async (word) => {
      const cli = await runCli([...local, '--interactive'], { input: `/help\n${word}\nnever\n` });
      expect(cli).toMatchObject({ code: 0, stdout: '' });
      expect(cli.stderr).toMatch(/^Each line is a message [^]*exit, \/exit, Ctrl-D/);
      expect(sentMessages()).toEqual([]);
    });

    it('goes on after an error, without the question that failed', async () => {
      sandbox.fail('truncated_json');
      sandbox.fail('unauthorized');
      const cli = await runCli([...local, '--interactive'], { input: 'bad\ngood\n' });
      expect(cli.code).toBe(0);
      expect(cli.stdout).toMatch(/^Hello!.*"good"[^\n]*\n$/);
      expect(cli.stderr).toContain('upstream_auth_failed');
      expect(sentMessages().at(-1)).toEqual([{ role: 'user', content: 'good' }]);
    });

    it('responds to each line while the pipe is open, and ends when it closes', async () => {
      const cli = new CliProcess([...local, '--interactive']);
      cli.child.stdin!.write('one\n');
      await cli.until(() => cli.stdout.endsWith(ENDING));
      cli.child.stdin!.write('two\n');
      await cli.until(() => cli.stdout.endsWith(ENDING) && cli.stdout.includes('message 2'));
      cli.child.stdin!.end();
      expect(await cli.ended()).toMatchObject({ code: 0, stderr: '' });
    });
  });
});
