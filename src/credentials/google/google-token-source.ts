import { type GoogleAuthConfig, type GoogleKey } from '../../config/google/google-auth.config.js';
import { isJsonObject } from '../../protocol/json.js';
import { LoginError } from '../login/login-error.js';
import { type LoginReply, type LoginRequest } from '../login/steps/login-exchange.js';
import { type SendLogin, type TokenSource } from '../login/token-source.js';

type Library = typeof import('google-auth-library');
type Transporter = InstanceType<Library['gaxios']['Gaxios']>;
type TokenClient = InstanceType<Library['OAuth2Client']>;

/** Used for key files that name no other address, because the library does the same. */
const TOKEN_URL = 'https://oauth2.googleapis.com/token';
/** Parameters of token requests whose values are credentials. */
const SECRET_PARAMETERS = ['assertion', 'client_secret', 'refresh_token'];

/** Access tokens of Google Cloud, for a key file or from the metadata server of the machine. */
export class GoogleTokenSource implements TokenSource {
  readonly identity: unknown;

  constructor(private readonly auth: GoogleAuthConfig) {
    this.identity = ['google', auth.key ?? auth.metadata_host, auth.scopes];
  }

  async obtain(send: SendLogin) {
    const { key } = this.auth;
    if (key === undefined) return this.#fromMetadata(send);
    // Loaded only for models that need it, because it takes a tenth of a second.
    const library = await import('google-auth-library');
    const client = clientOf(library, key, this.auth.scopes, transporter(library, key, send));
    const { token } = await client.getAccessToken();
    const { expiry_date: endsAtMs } = client.credentials;
    return { token: token ?? undefined, lifetimeMs: endsAtMs ? endsAtMs - Date.now() : undefined };
  }

  /** https://cloud.google.com/compute/docs/access/authenticate-workloads#applications */
  async #fromMetadata(send: SendLogin) {
    const { metadata_host: host, scopes } = this.auth;
    const url = new URL(`http://${host}/computeMetadata/v1/instance/service-accounts/default/token`);
    url.searchParams.set('scopes', scopes.join(','));
    const headers = { accept: 'application/json', 'metadata-flavor': 'Google' };
    const { body } = await send({ method: 'GET', url: url.href, headers, body: undefined }, []).catch(
      (error: unknown) => {
        throw error instanceof LoginError && error.upstreamStatus === undefined
          ? new LoginError(
              `${error.what}: no key file is given, so the metadata server ${host} was asked`,
              error,
            )
          : error;
      },
    );
    const { access_token: token, expires_in: seconds } = isJsonObject(body) ? body : {};
    return {
      token: typeof token === 'string' ? token : undefined,
      lifetimeMs: typeof seconds === 'number' ? seconds * 1000 : undefined,
    };
  }
}

function clientOf(
  { JWT, UserRefreshClient }: Library,
  key: GoogleKey,
  scopes: readonly string[],
  sends: Transporter,
): TokenClient {
  const text = (field: string): string => String(key[field]);
  switch (key.type) {
    case 'service_account':
      return new JWT({
        email: text('client_email'),
        key: text('private_key'),
        keyId: typeof key['private_key_id'] === 'string' ? key['private_key_id'] : undefined,
        scopes: [...scopes],
        additionalClaims: { aud: tokenUrlOf(key) },
        transporter: sends,
      });
    case 'authorized_user':
      return new UserRefreshClient({
        clientId: text('client_id'),
        clientSecret: text('client_secret'),
        refreshToken: text('refresh_token'),
        transporter: sends,
      });
  }
}

function tokenUrlOf(key: GoogleKey): string {
  const { token_uri: address } = key;
  return typeof address === 'string' ? address : TOKEN_URL;
}

/**
 * Makes the gateway send the library's token request, which is a form: once, through its pools and
 * proxies, and judged like a login.
 */
function transporter({ gaxios }: Library, key: GoogleKey, send: SendLogin): Transporter {
  const sends = new gaxios.Gaxios();
  sends.request = async <T>(options: Transporter['defaults'] = {}) => {
    const form = new URLSearchParams(options.data as URLSearchParams);
    const request: LoginRequest = {
      method: 'POST',
      url: tokenUrlOf(key),
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    };
    const secrets = SECRET_PARAMETERS.flatMap((name) => form.getAll(name));
    return answerOf<T>(await send(request, secrets), options);
  };
  return sends;
}

/** The parts of a response that the library reads. */
function answerOf<T>({ status, headers, body, text }: LoginReply, config: unknown) {
  const response = new Response(text || null, { status, headers });
  return Object.assign(response, { config, data: body }) as unknown as Awaited<
    ReturnType<typeof import('google-auth-library').gaxios.request<T>>
  >;
}
