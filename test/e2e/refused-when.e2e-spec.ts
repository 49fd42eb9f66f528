import { gzipSync } from 'node:zlib';
import { LoginRig, TOKEN, errorOf } from '../support/login-rig.js';
import { type UpstreamCall, completion, sendJson } from '../support/start-upstream.js';

let rig: LoginRig;
beforeEach(async () => {
  rig = await LoginRig.open();
});
afterEach(() => rig.close());

describe('refused_when', () => {
  /** A service whose tokens are good until `revoke()`, and which says so in its own way. */
  function serveTokens(refuse: (call: UpstreamCall) => unknown): { revoke: () => void } {
    let issued = 0;
    let oldest = 1;
    rig.serve(
      ({ res }) => sendJson(res, { token: `token-number-${++issued}` }),
      (call) => {
        const isGood = Number(call.headers.authorization?.split('-').at(-1)) >= oldest;
        return isGood ? sendJson(call.res, completion('fine')) : refuse(call);
      },
    );
    return { revoke: () => (oldest = issued + 1) };
  }
  const expired = { code: 10401, msg: 'token expired' };

  it.each([
    ['another status', { status: [419] }, 419, 'application/json'],
    ['a body under HTTP 200', { body: 'code = 10401' }, 200, 'application/json'],
    ['a body that calls itself HTML', { body: 'code = 10401' }, 200, 'text/html'],
    ['a body under another status', { body: 'code = 10401 and $status = 400' }, 400, 'application/json'],
  ])('knows %s, for whole responses and for streams', async (_what, refused_when, status, type) => {
    const service = serveTokens(({ res }) =>
      res.writeHead(status, { 'content-type': type }).end(JSON.stringify(expired)),
    );
    await rig.start({ refused_when });
    expect(((await (await rig.ask()).json()) as { choices: unknown[] }).choices).toHaveLength(1);
    for (const isStream of [false, true]) {
      service.revoke();
      const before = rig.logins().length;
      const responses = await Promise.all(Array.from({ length: 10 }, () => rig.ask('m', isStream)));
      for (const response of responses) {
        expect(response.status).toBe(200);
        expect(await response.text()).toContain('fine');
      }
      expect(rig.logins()).toHaveLength(before + 1);
    }
  });

  it('looks into answers that came compressed, and passes them on unpacked', async () => {
    let isExpired = true;
    rig.serve(
      ({ res }) => sendJson(res, { token: TOKEN }),
      ({ res }) => {
        res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
        res.end(gzipSync(JSON.stringify(isExpired ? expired : completion('fine'))));
      },
    );
    await rig.start({ refused_when: { body: 'code = 10401' } });
    expect((await errorOf(await rig.ask())).message).toBe(
      "The service refused the gateway's credential for 'm': token expired",
    );
    isExpired = false;
    await rig.gateway.close();
    await rig.start({ refused_when: { body: 'code = 10401' } });
    for (const isStream of [false, true])
      expect(await (await rig.ask('m', isStream)).text()).toContain('fine');
  });

  it('replaces the default: 401 is then another error', async () => {
    const service = serveTokens(({ res }) => sendJson(res, expired, 401));
    await rig.start({ refused_when: { status: [419] } });
    await rig.ask();
    service.revoke();
    expect((await errorOf(await rig.ask())).code).toBe('upstream_auth_failed');
    expect(rig.logins()).toHaveLength(1);
  });

  it('keeps 401 if it only adds a body', async () => {
    const service = serveTokens(({ res }) => sendJson(res, expired, 401));
    await rig.start({ refused_when: { body: 'code = 1' } });
    await rig.ask();
    service.revoke();
    expect((await rig.ask()).status).toBe(200);
  });

  it('fails a call whose fresh tokens are refused under HTTP 200, and logs in no more', async () => {
    rig.serve(
      ({ res }) => sendJson(res, { token: TOKEN }),
      ({ res }) => sendJson(res, { ...expired, msg: `token ${TOKEN} expired` }),
    );
    await rig.start({ refused_when: { body: 'code = 10401' } });
    const response = await rig.ask();
    expect(response.status).toBe(500);
    expect(response.headers.get('x-upstream-status')).toBe('200');
    expect(await errorOf(response)).toMatchObject({
      code: 'upstream_auth_failed',
      message: "The service refused the gateway's credential for 'm': token [redacted] expired",
    });
    await rig.askMany(10);
    expect(rig.logins()).toHaveLength(2);
  });

  it('changes neither real streams nor a byte of whole responses', async () => {
    const bytes = `{"choices" : [{"message":{"content":"${'x'.repeat(200_000)}"}}] }`;
    let isEvents = false;
    rig.serve(
      ({ res }) => sendJson(res, { token: TOKEN }),
      ({ res }) => {
        if (!isEvents) return sendJson(res, bytes);
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        res.end(
          'data: {"code":10401,"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
        );
      },
    );
    await rig.start({ refused_when: { body: 'code = 10401' } });
    expect(await (await rig.ask()).text()).toBe(bytes);
    isEvents = true;
    expect(await (await rig.ask('m', true)).text()).toContain('[DONE]');
    expect(rig.logins()).toHaveLength(1);
  });

  it('reports that its expression failed', async () => {
    rig.serve(({ res }) => sendJson(res, { token: TOKEN }));
    await rig.start({ refused_when: { body: '1 + object' } });
    expect(await errorOf(await rig.ask())).toMatchObject({
      code: 'upstream_invalid_response',
      message: expect.stringMatching(/^The refused_when.body expression failed/) as string,
    });
    expect(rig.logged('refused_when failed')[0]).toMatchObject({ model: 'm' });
  });
});
