import { type LoginReply, type LoginRequest } from './steps/login-exchange.js';

/**
 * Sends a request of a login like one of its steps: through the model's connections, traced and
 * judged.
 * @param secrets secrets that the request contains
 * @throws LoginError if the response refuses the login, or if there is none
 */
export type SendLogin = (request: LoginRequest, secrets: readonly string[]) => Promise<LoginReply>;

/** Obtains tokens by a protocol of its own, instead of by configured steps. */
export interface TokenSource {
  /** Everything that decides which token is issued; a JSON value. */
  readonly identity: unknown;
  /**
   * @returns without `lifetimeMs` if the response does not state it; without `token` if there is
   * none
   */
  obtain(
    send: SendLogin,
  ): Promise<{ readonly token: string | undefined; readonly lifetimeMs: number | undefined }>;
}
