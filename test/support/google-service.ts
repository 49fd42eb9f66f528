import { createVerify, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestUpstream, type UpstreamCall, sendJson, startUpstream } from './start-upstream.js';

/** Claims of a service account's assertion. */
export interface Claims {
  readonly iss: string;
  readonly scope: string;
  readonly aud: string;
  readonly iat: number;
  readonly exp: number;
}

/** Google's token service, its metadata server, and key files for them. The rest of the calls are the test's. */
export class GoogleService {
  readonly folder = mkdtempSync(join(tmpdir(), 'google-'));
  readonly privateKey: string;
  readonly #publicKey: string;
  /** What the token service was asked for, a form each. */
  readonly asked: URLSearchParams[] = [];
  issued = 0;
  /** Responds instead of handing out a token. */
  refuse: ((call: UpstreamCall) => void) | undefined;

  private constructor(readonly upstream: TestUpstream) {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    this.privateKey = privateKey;
    this.#publicKey = publicKey;
  }

  static async start(serve: (call: UpstreamCall) => unknown): Promise<GoogleService> {
    const upstream = await startUpstream();
    const service = new GoogleService(upstream);
    upstream.handle((call) => {
      if (call.path === '/token') return service.#exchange(call);
      return call.path.startsWith('/computeMetadata/') ? service.#metadata(call) : serve(call);
    });
    return service;
  }

  get url(): string {
    return this.upstream.url;
  }

  get token(): string {
    return `ya29.planted-token-${this.issued}`;
  }

  /** Writes a key file. @returns its path */
  keyFile(fields: Record<string, unknown> = {}): string {
    const path = join(this.folder, `key-${Math.random().toString(36).slice(2)}.json`);
    writeFileSync(path, JSON.stringify({ ...this.serviceAccount(), ...fields }));
    return path;
  }

  serviceAccount(): Record<string, unknown> {
    return {
      type: 'service_account',
      project_id: 'p',
      private_key_id: 'key-id-1',
      private_key: this.privateKey,
      client_email: 'gateway@p.iam.gserviceaccount.com',
      token_uri: `${this.url}/token`,
    };
  }

  /** The claims of an assertion. @throws Error when its signature is wrong */
  verified(assertion: string): Claims {
    const [head, claims, signature] = assertion.split('.') as [string, string, string];
    const isSigned = createVerify('RSA-SHA256')
      .update(`${head}.${claims}`)
      .verify(this.#publicKey, signature, 'base64url');
    if (!isSigned) throw new Error('the assertion is not signed by the key');
    if (jsonOf<{ alg: string }>(head).alg !== 'RS256') throw new Error('the assertion is not RS256');
    return jsonOf<Claims>(claims);
  }

  /** Every request below an address has to show the newest token. */
  isAllowed({ headers }: UpstreamCall): boolean {
    return headers.authorization === `Bearer ${this.token}`;
  }

  async close(): Promise<void> {
    await this.upstream.close();
    rmSync(this.folder, { recursive: true });
  }

  #exchange(call: UpstreamCall): void {
    const form = new URLSearchParams(call.body.toString());
    this.asked.push(form);
    if (this.refuse !== undefined) return this.refuse(call);
    if (form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer')
      this.verified(form.get('assertion')!);
    this.#hand(call);
  }

  #metadata(call: UpstreamCall): void {
    if (call.headers['metadata-flavor'] !== 'Google') return sendJson(call.res, {}, 403);
    this.#hand(call);
  }

  #hand({ res }: UpstreamCall): void {
    this.issued++;
    const issued_token_type = 'urn:ietf:params:oauth:token-type:access_token';
    sendJson(res, { access_token: this.token, expires_in: 3599, token_type: 'Bearer', issued_token_type });
  }
}

function jsonOf<Value>(part: string): Value {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Value;
}
