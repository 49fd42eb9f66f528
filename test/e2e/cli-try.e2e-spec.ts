import { Sandbox } from '../../src/sandbox/sandbox.js';
import { beginStream, sendJson } from '../support/start-upstream.js';
import { COOKIE, PASSWORD, SALT, TOKEN, kinds, openTryRig, rig } from '../support/try-rig.js';

openTryRig();

describe('llm-gateway try', () => {
  it('walks through the default login, the call and its response', async () => {
    const sandbox = await Sandbox.start();
    try {
      rig.folder.write({
        models: {
          request: [
            {
              name: 'custom',
              base_url: `${sandbox.url}/v1`,
              auth_url: `${sandbox.url}/login`,
              username: 'demo',
              password: 'demo-password',
            },
          ],
        },
      });
      const { code, stdout } = await rig.run('custom', '--message', 'ping');
      expect(code).toBe(0);
      expect(stdout).toMatch(/^1\. Login request\n {3}method: POST\n {3}address: http.*\/login\n/);
      expect(stdout).toContain('body: {"username":"demo","password":"[redacted]"}');
      expect(stdout).toMatch(/\n2\. Login response\n {3}status: 200\n/);
      expect(stdout).toMatch(/\n3\. Token\n {3}found: sa….. \(\d+ characters\)\n {3}lifetime: \d+ s\n/);
      expect(stdout).toMatch(/\n4\. Request\n[^]*authorization: Bearer \[redacted\]\n/);
      expect(stdout).toMatch(/\n5\. Response\n {3}status: 200\n/);
      expect(stdout).toMatch(/\n6\. OpenAI response\n {3}body: .*You said: \\"ping\\"/);
      expect(stdout).not.toMatch(/demo-password|sandbox-token-/);
    } finally {
      await sandbox.close();
    }
  });

  it('shows what a login recipe sends, finds and keeps', async () => {
    rig.json('/login', { data: { ticket: TOKEN, ms: 90_000 } }, 200, {
      'set-cookie': `sid=${COOKIE}; Path=/`,
    });
    rig.json('/api/chat/completions', {
      choices: [{ index: 0, message: { role: 'assistant', content: TOKEN } }],
    });
    const { ok, steps } = await rig.steps('recipe');
    expect(ok).toBe(true);
    expect(kinds(steps)).toEqual([
      'login_request',
      'login_answer',
      'expression login.token',
      'expression login.lifetime',
      'token',
      'chat_request',
      'chat_answer',
      'openai_answer',
    ]);
    expect(steps[0]!['body']).toMatch(/^username=demo&password=\[redacted\]$/);
    expect(steps[1]).toMatchObject({ cookies: { sid: '[redacted]' } });
    expect(steps[2]).toMatchObject({ expression: 'body.data.ticket', result: 'pl…ef (25 characters)' });
    expect(steps[4]).toMatchObject({ found: 'pl…ef (25 characters)', lifetime: '90 s' });
  });

  it('shows each of several steps, kept values masked', async () => {
    rig.json('/challenge', { salt: SALT });
    rig.json('/login', { token: TOKEN });
    rig.json('/api/chat/completions', {
      choices: [{ index: 0, message: { role: 'assistant', content: 'hi' } }],
    });
    const { ok, steps } = await rig.steps('steps');
    expect(ok).toBe(true);
    expect(kinds(steps).slice(0, 6)).toEqual([
      'login_request Login step 1 of 2',
      'login_answer Login step 1 of 2',
      'expression login.keep.salt (Login step 1 of 2)',
      'expression login.body (Login step 2 of 2)',
      'login_request Login step 2 of 2',
      'login_answer Login step 2 of 2',
    ]);
    expect(steps.find(({ step }) => step === 'token')!['lifetime']).toMatch(/token_cache_hours/);
  });

  it('shows the result of each expression of a mapping', async () => {
    rig.json('/api/ask/a1', { code: 0, data: { answer: 'fine' } });
    const { ok, steps } = await rig.steps('mapped', '--message', 'how?');
    expect(ok).toBe(true);
    expect(kinds(steps)).toEqual([
      'expression request.body',
      'expression request.path',
      'chat_request',
      'chat_answer',
      'expression response.error',
      'expression response.text',
      'openai_answer',
    ]);
    expect(steps[2]).toMatchObject({ method: 'POST', body: { q: 'how?', k: '[redacted]' } });
    expect(steps[5]).toMatchObject({ input: { code: 0, data: { answer: 'fine' } }, result: 'fine' });
    expect(steps[6]).toMatchObject({ body: { choices: [{ message: { content: 'fine' } }] } });
  });

  it('shows of a stream the first events, the last, and how many there were', async () => {
    rig.serve('/api/ask/a1', ({ res }) => {
      beginStream(res);
      for (let at = 1; at <= 9; at++) res.write(`data: {"delta":"w${at} "}\n\n`);
      res.end('data: {"end":true}\n\n');
    });
    const { ok, steps } = await rig.steps('mapped', '--stream');
    expect(ok).toBe(true);
    expect(steps.find(({ step }) => step === 'chat_answer')).toMatchObject({
      events: 10,
      first_events: [{ delta: 'w1 ' }, { delta: 'w2 ' }, { delta: 'w3 ' }],
    });
    const texts = steps.filter(({ name }) => name === 'stream.text');
    expect(texts.map(({ nth, result }) => [nth, result])).toEqual([
      [undefined, 'w1 '],
      [2, 'w2 '],
      [3, 'w3 '],
      [10, '(nothing)'],
    ]);
    expect(steps.at(-1)).toMatchObject({
      events: 11,
      in_one: { choices: [{ message: { content: 'w1 w2 w3 w4 w5 w6 w7 w8 w9 ' } }] },
    });
  });

  it('follows a job to its result', async () => {
    let polls = 0;
    rig.json('/api/jobs', { id: 7 });
    rig.serve('/api/jobs/7', ({ res }) =>
      sendJson(res, ++polls < 3 ? { state: 'running' } : { state: 'done', result: 'ready' }),
    );
    const { ok, steps } = await rig.steps('job');
    expect(ok).toBe(true);
    const done = steps.filter(({ name }) => name === 'poll.done');
    expect(done.map(({ result }) => result)).toEqual([false, false, true]);
    expect(steps.filter(({ step }) => step === 'chat_request').map(({ method }) => method)).toEqual([
      'POST',
      'GET',
      'GET',
      'GET',
    ]);
    expect(steps.at(-1)).toMatchObject({ body: { choices: [{ message: { content: 'ready' } }] } });
  });

  it('names the expression that failed, its input, and what was expected', async () => {
    rig.json('/api/ask/a1', { data: { answer: 'fine', api_key: 'planted-in-answer' } });
    const { code, stdout } = await rig.run('failing');
    expect(code).toBe(1);
    const failure = stdout.slice(stdout.lastIndexOf('\n\n'));
    expect(failure).toContain('Failed\n   code: upstream_invalid_response\n   expression: response.text\n');
    expect(failure).toContain('input: {"data":{"answer":"fine","api_key":"[redacted]"}}\n');
    expect(failure).toContain('problem: gave an object; expected a text\n');

    const thrown = await rig.steps('throwing', '--message', 'no number');
    expect(thrown.code).toBe(1);
    expect(kinds(thrown.steps)).toEqual(['failure']);
    expect(thrown.steps[0]).toMatchObject({
      code: 'mapping_failed',
      expression: 'request.body',
      input: { messages: [{ content: 'no number' }] },
    });
    expect(rig.upstream.calls).toHaveLength(1);
  });

  it('reports a login response without a token, and shows nothing of it that could be one', async () => {
    rig.json('/login', { data: { other: TOKEN, note: 'all is well here' } });
    const { code, steps } = await rig.steps('recipe');
    expect(code).toBe(1);
    expect(steps[1]!['body']).toEqual({ data: { other: 'pl…ef (25 characters)', note: 'all is well here' } });
    expect(steps[2]).toMatchObject({
      name: 'login.token',
      expression: 'body.data.ticket',
      problem: 'found nothing; expected a string',
    });
    expect(steps.at(-1)).toMatchObject({
      step: 'failure',
      code: 'upstream_login_failed',
      message: "The login's token expression found nothing; expected a string.",
    });
  });

  it('reports a refused login with the message of the service', async () => {
    rig.json('/login', { message: `Wrong password ${PASSWORD}` }, 401);
    const { code, stdout } = await rig.run('default');
    expect(code).toBe(1);
    expect(stdout).toContain('2. Login response\n   status: 401\n');
    expect(stdout).toContain(': The login was refused (HTTP 401): Wrong password [redacted].\n');
  });
});
