import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GoogleService } from '../support/google-service.js';
import { type TestGateway, SINGLE_ATTEMPTS, TEST_KEY, startGateway } from '../support/start-gateway.js';
import { type UpstreamCall, beginStream, completion, sendJson } from '../support/start-upstream.js';

const GEMINI_PATH = '/v1/projects/p/locations/europe-west1/publishers/google';
const OPENAI_PATH = '/v1/projects/p/locations/europe-west1/endpoints/openapi';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const MESSAGES = [{ role: 'user', content: 'hi' }];
const REPLY = {
  candidates: [{ content: { role: 'model', parts: [{ text: 'hello' }] }, finishReason: 'STOP' }],
  usageMetadata: { promptTokenCount: 2, candidatesTokenCount: 3, totalTokenCount: 5 },
};

let google: GoogleService;
let gateway: TestGateway | undefined;
let calls: UpstreamCall[];

function serve(call: UpstreamCall): void {
  calls.push(call);
  if (!google.isAllowed(call))
    return sendJson(
      call.res,
      { error: { code: 401, status: 'UNAUTHENTICATED', message: 'Invalid token' } },
      401,
    );
  if (call.path.includes(':streamGenerateContent')) {
    beginStream(call.res);
    call.res.end(`data: ${JSON.stringify(REPLY)}\n\n`);
  } else sendJson(call.res, call.path.includes(':generateContent') ? REPLY : completion());
}

beforeEach(async () => {
  calls = [];
  google = await GoogleService.start(serve);
});
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
  await google.close();
});

async function start(
  google_auth: Record<string, unknown>,
  env: NodeJS.ProcessEnv = {},
  more: Record<string, unknown> = {},
): Promise<void> {
  gateway = await startGateway(
    {
      ...SINGLE_ATTEMPTS,
      models: {
        gemini: [{ name: 'gemini-2.5-pro', base_url: google.url + GEMINI_PATH, google_auth, ...more }],
        openai: [
          {
            name: 'vertex-openai',
            model_name: 'google/gemini-2.5-pro',
            base_url: google.url + OPENAI_PATH,
            google_auth,
            ...more,
          },
        ],
      },
    },
    { HOME: google.folder, ...env },
  );
}
const ask = (model = 'gemini-2.5-pro', stream = false): Promise<Response> =>
  gateway!.chat({ model, stream, messages: MESSAGES });

describe('access tokens of Google Cloud', () => {
  it('come from a service account, one for all models, and go to the paths of Vertex AI', async () => {
    await start({ key_file: google.keyFile() });
    const responses = await Promise.all([ask(), ask('vertex-openai'), ask(undefined, true), ask()]);
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(google.issued).toBe(1);
    expect(calls.map(({ path }) => path).sort()).toEqual([
      `${OPENAI_PATH}/chat/completions`,
      `${GEMINI_PATH}/models/gemini-2.5-pro:generateContent`,
      `${GEMINI_PATH}/models/gemini-2.5-pro:generateContent`,
      `${GEMINI_PATH}/models/gemini-2.5-pro:streamGenerateContent?alt=sse`,
    ]);
    expect(calls.find(({ path }) => path.startsWith(OPENAI_PATH))!.body.toString()).toContain(
      '"google/gemini-2.5-pro"',
    );
    const claims = google.verified(google.asked[0]!.get('assertion')!);
    expect(claims).toMatchObject({
      iss: 'gateway@p.iam.gserviceaccount.com',
      scope: SCOPE,
      aud: `${google.url}/token`,
    });
    expect(claims.exp - claims.iat).toBe(3600);
  });

  it('have the scopes of the configuration', async () => {
    await start({ key_file: google.keyFile(), scopes: ['a', 'b'] });
    expect((await ask()).status).toBe(200);
    expect(google.verified(google.asked[0]!.get('assertion')!).scope).toBe('a b');
  });

  it('are renewed once if the service refuses one', async () => {
    await start({ key_file: google.keyFile() });
    await ask();
    google.issued++;
    expect((await ask()).status).toBe(200);
    expect(google.asked).toHaveLength(2);
  });

  it.each([
    ['GOOGLE_APPLICATION_CREDENTIALS', (path: string) => ({ GOOGLE_APPLICATION_CREDENTIALS: path })],
    ["gcloud's own file", (path: string) => ({ CLOUDSDK_CONFIG: path.slice(0, path.lastIndexOf('/')) })],
  ])('come from the application default credentials: %s', async (_what, envOf) => {
    const path = join(google.folder, 'application_default_credentials.json');
    writeFileSync(path, JSON.stringify(google.serviceAccount()));
    await start({}, envOf(path));
    expect((await ask()).status).toBe(200);
    expect(google.asked).toHaveLength(1);
  });

  it('come from the metadata server if there is no key file', async () => {
    await start({}, { GCE_METADATA_HOST: new URL(google.url).host });
    expect((await ask()).status).toBe(200);
    expect((await ask('vertex-openai')).status).toBe(200);
    const asked = google.upstream.calls.filter(({ path }) => path.startsWith('/computeMetadata/'));
    expect(asked.map(({ path }) => path)).toEqual([
      `/computeMetadata/v1/instance/service-accounts/default/token?scopes=${encodeURIComponent(SCOPE)}`,
    ]);
  });

  it('are missing without a key file and a metadata server, and the error names the server that was asked', async () => {
    await start({}, { GCE_METADATA_HOST: '127.0.0.1:9' });
    const text = await (await ask()).text();
    expect(text).toContain('no key file is given, so the metadata server 127.0.0.1:9 was asked');
  });

  it('come for a user, in exchange for the refresh token in the file', async () => {
    const user = { type: 'authorized_user', client_id: 'planted-client', client_secret: 'planted-secret' };
    await start({ key_file: google.keyFile({ ...user, refresh_token: 'planted-refresh-token' }) });
    expect((await ask()).status).toBe(200);
    expect(Object.fromEntries(google.asked[0]!)).toEqual({
      grant_type: 'refresh_token',
      client_id: 'planted-client',
      client_secret: 'planted-secret',
      refresh_token: 'planted-refresh-token',
    });
  });

  it('appear in no message when they are refused: the call is a failed login', async () => {
    await start({ key_file: google.keyFile() });
    google.refuse = ({ res, body }) =>
      sendJson(
        res,
        { error: 'invalid_grant', error_description: `Invalid JWT Signature: ${body.toString()}` },
        400,
      );
    const response = await ask();
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain('upstream_login_failed');
    expect(text).toContain('Invalid JWT Signature');
    const assertion = google.asked[0]!.get('assertion')!;
    for (const secret of [assertion, google.privateKey.split('\n')[1]!]) {
      expect(text).not.toContain(secret);
      expect(gateway!.logText()).not.toContain(secret);
    }
    // The pause after a refusal: the next call asks nobody.
    expect((await ask()).status).toBe(500);
    expect(google.asked).toHaveLength(1);
  });

  it('are requested once if the token service fails, and the call reports it', async () => {
    await start({ key_file: google.keyFile() });
    google.refuse = ({ res }) => sendJson(res, { error: 'backend' }, 503);
    const body = (await (await ask()).json()) as { error: { code: string; message: string } };
    expect(body.error.code).toBe('upstream_login_failed');
    expect(body.error.message).toContain('HTTP 503');
    expect(google.asked).toHaveLength(1);
  });

  it('serve clients of every format', async () => {
    await start({ key_file: google.keyFile() });
    const response = await fetch(`${gateway!.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': TEST_KEY, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gemini-2.5-pro', max_tokens: 9, messages: MESSAGES }),
    });
    expect(await response.json()).toMatchObject({ type: 'message', content: [{ text: 'hello' }] });
  });
});

describe('a key file that cannot be used', () => {
  const key = (fields: Record<string, unknown>) => () => ({ key_file: google.keyFile(fields) });

  it.each<[string, () => Record<string, unknown>, string]>([
    ['is missing', () => ({ key_file: 'nowhere.json' }), 'no such file'],
    ['has another type', key({ type: 'gdch_service_account' }), 'no known type'],
    ['lacks a field', key({ client_email: undefined }), 'lacks client_email'],
    ['has a broken key', key({ private_key: 'planted-key' }), 'private_key in the file cannot be read'],
    ['names an open address', key({ token_uri: 'http://evil.test/token' }), 'not an https:// address'],
    ['is of a workload identity', key({ type: 'external_account' }), 'no known type'],
  ])('%s: the configuration is refused', async (_what, auth, problem) => {
    const failure = await start(auth()).then(
      () => undefined,
      (error: unknown) => String(error),
    );
    expect(failure).toContain('google_auth.key_file');
    expect(failure).toContain(problem);
    expect(failure).not.toContain('planted-key');
  });

  it('is no way beside an API key', async () => {
    await expect(start({ key_file: google.keyFile() }, {}, { api_key: 'k' })).rejects.toThrow(
      'cannot be combined with api_key',
    );
  });
});
