import { type TestRedis, describeWithRedis, startRedis } from '../support/redis-server.js';
import { completion, sendJson } from '../support/start-upstream.js';
import { PASSWORD, TOKEN, kinds, openTryRig, rig } from '../support/try-rig.js';

// Each test starts a process, on machines that may be busy.
jest.setTimeout(180_000);

openTryRig();

describe('llm-gateway try, for a preset', () => {
  beforeEach(() => {
    rig.json('/login', { access_token: TOKEN, refresh_token: 'planted-refresh-token', expires_in: 600 });
    rig.json('/api/chat/completions', completion());
  });

  it.each([
    [
      'oauth2_client_credentials',
      'grant_type=client_credentials&scope=chat',
      { client_id: 'demo', client_secret: PASSWORD, grant_type: 'client_credentials', scope: 'chat' },
    ],
    [
      'oauth2_password',
      'grant_type=password&scope=chat',
      { username: 'demo', password: PASSWORD, grant_type: 'password', scope: 'chat' },
    ],
  ])('%s shows the form, the token and its lifetime', async (preset, tail, form) => {
    const { ok, steps } = await rig.steps(preset);
    expect(ok).toBe(true);
    expect(kinds(steps)).toEqual([
      'login_request',
      'login_answer',
      'token',
      'chat_request',
      'chat_answer',
      'openai_answer',
    ]);
    const [login, answer, token, chat] = steps;
    expect(login).toMatchObject({
      method: 'POST',
      address: expect.stringMatching(/\/login$/) as string,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: expect.stringMatching(/=\[redacted\]&/) as string,
    });
    expect(login!['body']).toContain(tail);
    expect(answer).toMatchObject({
      status: 200,
      body: { access_token: '[redacted]', refresh_token: '[redacted]', expires_in: 600 },
    });
    expect(token).toMatchObject({ found: `pl…ef (${TOKEN.length} characters)`, lifetime: '600 s' });
    expect(token).not.toHaveProperty('from');
    expect(chat).toMatchObject({ headers: { authorization: 'Bearer [redacted]' } });
    const sent = Object.fromEntries(new URLSearchParams(rig.upstream.calls[0]!.body.toString()));
    expect(sent).toEqual(form);
    expect(rig.upstream.calls[1]!.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it('default shows the JSON login', async () => {
    const { ok, steps } = await rig.steps('default');
    expect(ok).toBe(true);
    expect(steps[0]).toMatchObject({
      headers: { 'content-type': 'application/json' },
      body: { username: 'demo', password: '[redacted]' },
    });
    expect(steps[2]).toMatchObject({ step: 'token', lifetime: '600 s' });
    expect(rig.upstream.calls).toHaveLength(2);
  });

  it.each([
    [
      { expireTime: '2100-01-01 00:00:00' },
      'expireTime looks like an expiry, but has no time zone; add login.time_zone',
    ],
    [
      { expires: 900_000 },
      'expires looks like an expiry; add login.lifetime: "body.expires" and lifetime_unit: <its unit>',
    ],
  ])('names a field that looks like an expiry but is not used: %j', async (more, hint) => {
    rig.json('/login', { access_token: TOKEN, ...more });
    const { steps } = await rig.steps('default');
    expect(steps[2]).toMatchObject({
      step: 'token',
      lifetime: expect.stringContaining('not in the response') as string,
      hint,
    });
  });

  it('suggests a fix for a failure, and how to recognise an expired token under HTTP 200', async () => {
    rig.json('/api/chat/completions', { success: false, code: 401, message: 'session is over' });
    const { ok, steps } = await rig.steps('default');
    expect(ok).toBe(false);
    const failure = steps.at(-1)!;
    expect(failure).toMatchObject({
      step: 'failure',
      what_to_do: expect.stringMatching(/^The operator checks/) as string,
      help: `/errors/${String(failure['code'])}`,
      hint: expect.stringContaining('login.refused_when: { body: "code = 401" }') as string,
    });
    rig.json('/api/chat/completions', { error: { message: 'down' } }, 503);
    expect((await rig.steps('default')).steps.at(-1)).not.toHaveProperty('hint');
  });

  it('names the field of an expiry that it found without a setting', async () => {
    rig.json('/login', { access_token: TOKEN, expiresAt: Date.now() + 600_000 });
    const { steps } = await rig.steps('default');
    expect(steps[2]).toMatchObject({
      lifetime: expect.stringMatching(/^(600|59\d) s \(expiresAt\)$/) as string,
    });
    expect(steps[2]).not.toHaveProperty('hint');
  });

  it('basic shows that there is no login', async () => {
    const { ok, steps } = await rig.steps('basic');
    expect(ok).toBe(true);
    expect(kinds(steps)).toEqual(['chat_request', 'chat_answer', 'openai_answer']);
    expect(steps[0]).toMatchObject({ headers: { authorization: 'Basic [redacted]' } });
    const pair = Buffer.from(`demo:${PASSWORD}`).toString('base64');
    expect(rig.upstream.calls.map(({ headers }) => headers.authorization)).toEqual([`Basic ${pair}`]);
    expect(JSON.stringify(steps)).not.toContain(pair);
  });

  it.each(['oauth2_client_credentials', 'oauth2_password', 'basic', 'default'])(
    '%s calls nothing under --dry-run',
    async (preset) => {
      const { ok, steps } = await rig.steps(preset, '--dry-run');
      expect(ok).toBe(true);
      expect(steps.at(-1)).toMatchObject({ step: 'chat_request' });
      expect(rig.upstream.calls).toHaveLength(0);
    },
  );
});

describeWithRedis('llm-gateway try, beside other replicas', () => {
  let redis: TestRedis;

  beforeEach(async () => {
    redis = await startRedis();
    rig.configure({ cache: { redis_url: redis.url, encryption_key: 'k'.repeat(32) } });
    rig.json('/login', { data: { ticket: TOKEN, ms: 90_000 } });
    rig.json('/api/chat/completions', completion());
    expect(kinds((await rig.steps('recipe')).steps)).toContain('login_request');
  });

  afterEach(() => redis.close());

  it('reports that the token came from the shared cache, and mentions no login request', async () => {
    const { ok, steps } = await rig.steps('recipe');
    expect(ok).toBe(true);
    expect(kinds(steps)).toEqual(['token', 'chat_request', 'chat_answer', 'openai_answer']);
    expect(steps[0]).toMatchObject({
      found: `pl…ef (${TOKEN.length} characters)`,
      from: 'the shared cache (Redis); no login was needed',
      lifetime: expect.stringMatching(/^[1-9]\d? s left$/) as string,
    });
    const { stdout } = await rig.run('recipe');
    expect(stdout).toContain('1. Token\n   found: pl…ef');
    expect(stdout).toContain('   from: the shared cache (Redis); no login was needed\n');
  });

  it('shows how a token from the shared cache is refused and replaced', async () => {
    const next = 'planted-token-0002-ghijkl';
    rig.json('/login', { data: { ticket: next, ms: 90_000 } });
    rig.serve('/api/chat/completions', ({ headers, res }) => {
      const isGood = headers.authorization === `Bearer ${next}`;
      sendJson(res, isGood ? completion() : { error: { message: 'expired' } }, isGood ? 200 : 401);
    });
    const { ok, steps } = await rig.steps('recipe');
    expect(ok).toBe(true);
    expect(JSON.stringify(steps)).not.toContain(next);
    expect(kinds(steps).filter((kind) => !kind.startsWith('expression'))).toEqual([
      'token',
      'chat_request',
      'chat_answer',
      'login_request',
      'login_answer',
      'token',
      'chat_request',
      'chat_answer',
      'openai_answer',
    ]);
  });
});
