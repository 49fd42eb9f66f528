import { LoginRig, TOKEN, errorOf } from '../support/login-rig.js';
import { type UpstreamCall, sendJson } from '../support/start-upstream.js';

const TENANT = 'planted-tenant-31';
const CHANNEL = 'planted channel/7';

const LOGIN = {
  steps: [
    { url: '/hello', send_as: 'none', keep: { tenant: 'body.tenant' } },
    { keep: { session: 'body.session' } },
  ],
};
const MAPPING = {
  request: {
    path: '/tenants/{$login.tenant}/ask',
    query: { channel: '$login.session.channel' },
    headers: { 'x-level': '$login.session.level' },
    body: '{ "q": messages[-1].content, "channel": $login.session.channel }',
  },
  response: { text: 'answer', error: 'error' },
};

let rig: LoginRig;
beforeEach(async () => {
  rig = await LoginRig.open();
});
afterEach(() => rig.close());

/** Answers both steps of the login, and everything else by `chat`. */
function serve(chat: (call: UpstreamCall) => unknown): UpstreamCall[] {
  const chats: UpstreamCall[] = [];
  rig.upstream.handle((call) => {
    if (call.path === '/api/hello') return sendJson(call.res, { tenant: TENANT });
    if (call.path === '/login')
      return sendJson(call.res, { token: TOKEN, session: { channel: CHANNEL, level: 3 } });
    chats.push(call);
    return chat(call);
  });
  return chats;
}

const start = (more: Record<string, unknown>): Promise<void> =>
  rig.start(
    {
      ...LOGIN,
      steps: [LOGIN.steps[0], { ...LOGIN.steps[1], url: `${rig.upstream.url}/login` }],
      url: undefined,
    },
    more,
  );

describe('values that a login kept', () => {
  it('reach the path, query, headers and body of a mapped call', async () => {
    const chats = serve(({ res }) => sendJson(res, { answer: 'fine' }));
    await start(MAPPING);
    expect((await rig.ask()).status).toBe(200);
    expect(chats[0]!.path).toBe(`/api/tenants/${TENANT}/ask?channel=planted+channel%2F7`);
    expect(chats[0]!.headers['x-level']).toBe('3');
    expect(JSON.parse(chats[0]!.body.toString())).toEqual({ q: 'hi', channel: CHANNEL });
  });

  it('reach the calls that ask for a job', async () => {
    const chats = serve(({ res, req }) =>
      sendJson(res, req.method === 'POST' ? { id: 'j1' } : { state: 'done', answer: 'fine' }),
    );
    await start({
      ...MAPPING,
      poll: {
        path: '/tenants/{$login.tenant}/jobs/{id}',
        headers: { 'x-channel': '$login.session.channel' },
        done: 'state = "done" and $login.session.level = 3',
        interval_seconds: 0.01,
      },
    });
    expect((await rig.ask()).status).toBe(200);
    expect(chats[1]!.path).toBe(`/api/tenants/${TENANT}/jobs/j1`);
    expect(chats[1]!.headers['x-channel']).toBe(CHANNEL);
  });

  it('stay out of errors and of the log', async () => {
    serve(({ res, path, body }) =>
      sendJson(
        res,
        { error: { message: `no ${TENANT} and ${CHANNEL} at ${path} with ${body.toString()}` } },
        400,
      ),
    );
    await start(MAPPING);
    const { message } = await errorOf(await rig.ask());
    expect(message).toMatch(/^no \[redacted\] and \[redacted\] at /);
    const before = rig.gateway.logText();
    await rig.gateway.close();
    await start({ ...MAPPING, request: { ...MAPPING.request, headers: { 'x-channel': '$login.session' } } });
    const failed = await errorOf(await rig.ask());
    expect(failed).toMatchObject({ code: 'mapping_failed' });
    expect(before + message + failed.message + rig.gateway.logText()).not.toMatch(/planted/);
  });

  it('are nothing for a model without a login', async () => {
    serve(({ res }) => sendJson(res, { answer: 'fine' }));
    await start({
      login: undefined,
      username: undefined,
      password: undefined,
      token: 'planted-fixed-token',
      ...MAPPING,
      request: { path: '/ask', body: '{ "tenant": $login.tenant, "known": $exists($login) }' },
    });
    expect((await rig.ask()).status).toBe(200);
    expect(JSON.parse(rig.upstream.calls.at(-1)!.body.toString())).toEqual({ known: true });
  });
});
