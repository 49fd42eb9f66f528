import { LoginRig, PASSWORD, TOKEN, errorOf } from '../support/login-rig.js';
import { completion, sendJson } from '../support/start-upstream.js';

let rig: LoginRig;
beforeEach(async () => {
  rig = await LoginRig.open();
});
afterEach(() => rig.close());

describe('a preset', () => {
  it('oauth2_client_credentials posts id and secret as a form', async () => {
    rig.serve(({ res }) => sendJson(res, { access_token: TOKEN, token_type: 'Bearer', expires_in: 600 }));
    await rig.start({ preset: 'oauth2_client_credentials', fields: { scope: 'chat' } });
    expect((await rig.ask()).status).toBe(200);
    expect(Object.fromEntries(new URLSearchParams(rig.logins()[0]!.body.toString()))).toEqual({
      grant_type: 'client_credentials',
      client_id: 'demo',
      client_secret: PASSWORD,
      scope: 'chat',
    });
    expect(rig.logged('login succeeded')[0]).toMatchObject({ token_lifetime_s: 600 });
    expect(rig.chats()[0]!.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it('oauth2_client_credentials sends id and secret by HTTP Basic if the configuration asks for it', async () => {
    rig.serve(({ res }) => sendJson(res, { access_token: TOKEN }));
    await rig.start({ preset: 'oauth2_client_credentials', send_as: 'basic' });
    await rig.ask();
    const pair = `demo:${encodeURIComponent(PASSWORD)}`;
    expect(rig.logins()[0]!.headers.authorization).toBe(`Basic ${Buffer.from(pair).toString('base64')}`);
    expect(rig.logins()[0]!.body.toString()).toBe('grant_type=client_credentials');
  });

  it('oauth2_password renews with the refresh token, and with the password when that is refused', async () => {
    let issued = 0;
    let isRefreshGood = true;
    let oldest = 1;
    rig.serve(
      ({ body, res }) => {
        const form = new URLSearchParams(body.toString());
        if (form.get('grant_type') === 'refresh_token' && !isRefreshGood)
          return sendJson(res, { error: 'invalid_grant', error_description: form.get('refresh_token') }, 400);
        issued++;
        sendJson(res, { access_token: `access-number-${issued}`, refresh_token: `refresh-number-${issued}` });
      },
      ({ headers, res }) => {
        const isGood = Number(headers.authorization?.split('-').at(-1)) >= oldest;
        sendJson(res, isGood ? completion() : { error: { message: 'expired' } }, isGood ? 200 : 401);
      },
    );
    await rig.start({
      preset: 'oauth2_password',
      fields: { client_id: 'cid', client_secret: 'planted-client-secret', scope: 'chat' },
    });
    for (let round = 0; round < 3; round++) {
      isRefreshGood = round < 2;
      expect((await rig.ask()).status).toBe(200);
      oldest = issued + 1;
    }
    const forms = rig.logins().map(({ body }) => Object.fromEntries(new URLSearchParams(body.toString())));
    const client = { client_id: 'cid', client_secret: 'planted-client-secret' };
    const password = {
      grant_type: 'password',
      username: 'demo',
      password: PASSWORD,
      scope: 'chat',
      ...client,
    };
    const refresh = (number: number) => ({
      grant_type: 'refresh_token',
      refresh_token: `refresh-number-${number}`,
      ...client,
    });
    expect(forms).toEqual([password, refresh(1), refresh(2), password]);
    expect(rig.gateway.logText()).not.toMatch(/planted|refresh-number|access-number/);
  });

  it('basic logs in nowhere, and shows user name and password with every call', async () => {
    const pair = Buffer.from(`demo:${PASSWORD}`).toString('base64');
    rig.serve(
      () => undefined,
      ({ headers, res }) => sendJson(res, { error: { message: `no ${headers.authorization}` } }, 401),
    );
    await rig.start({ url: undefined, preset: 'basic' });
    const error = await errorOf(await rig.ask());
    expect(rig.chats()[0]!.headers.authorization).toBe(`Basic ${pair}`);
    expect(error).toMatchObject({
      code: 'upstream_auth_failed',
      message: "The service refused the gateway's credential for 'm': no Basic [redacted]",
    });
    expect(rig.upstream.calls).toHaveLength(1);
    rig.serve(() => undefined);
    expect((await rig.ask()).status).toBe(200);
  });
});
