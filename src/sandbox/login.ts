import { randomUUID } from 'node:crypto';
import { isObject } from './chat/chat-request.js';
import { RequestProblem } from './request-problem.js';

export const SANDBOX_KEY = 'sandbox-key';
export const SANDBOX_USER = 'demo';
export const SANDBOX_PASSWORD = 'demo-password';
const TOKEN_PREFIX = 'sandbox-token-';

/** More tokens than any trial needs; the oldest are dropped first. */
const MAX_TOKENS = 10_000;

/** Issues access tokens for a user name and a password, and checks credentials. */
export class LoginDesk {
  /** Token -> when it expires, in milliseconds since 1970. */
  private readonly tokens = new Map<string, number>();
  private readonly bearers: ReadonlySet<string>;

  constructor(
    keys: readonly string[],
    private readonly tokenSeconds: number,
    private readonly users: Readonly<Record<string, string>>,
  ) {
    this.bearers = new Set(keys.map((key) => `Bearer ${key}`));
  }

  /** @throws RequestProblem 400 for a body without the two names, 401 for wrong credentials */
  logIn(body: unknown): { readonly token: string; readonly expiresInSeconds: number } {
    if (!isObject(body) || typeof body.username !== 'string' || typeof body.password !== 'string') {
      throw new RequestProblem(
        400,
        'username and password are required.',
        'missing_required_parameter',
        'username',
      );
    }
    if (!Object.hasOwn(this.users, body.username) || this.users[body.username] !== body.password) {
      throw new RequestProblem(401, 'Wrong user name or password.', 'invalid_credentials');
    }
    const token = `${TOKEN_PREFIX}${randomUUID()}`;
    this.tokens.set(token, Date.now() + this.tokenSeconds * 1000);
    if (this.tokens.size > MAX_TOKENS) {
      const [oldest] = this.tokens.keys();
      if (oldest !== undefined) this.tokens.delete(oldest);
    }
    return { token, expiresInSeconds: this.tokenSeconds };
  }

  /** @throws RequestProblem 401 for an `Authorization` that is neither a key nor a valid token */
  check(authorization: string | undefined): void {
    if (authorization !== undefined) {
      if (this.bearers.has(authorization)) return;
      const ends = this.tokens.get(authorization.slice('Bearer '.length));
      if (ends !== undefined && authorization.startsWith('Bearer ') && ends > Date.now()) return;
    }
    throw unauthorized();
  }

  revokeAll(): void {
    this.tokens.clear();
  }
}

export function unauthorized(): RequestProblem {
  return new RequestProblem(
    401,
    `Incorrect API key or access token provided. By default, the sandbox accepts the key ${SANDBOX_KEY}.`,
    'invalid_api_key',
  );
}
