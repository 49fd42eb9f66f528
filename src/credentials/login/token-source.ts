import { type LoginReply, type LoginRequest } from './steps/login-exchange.js';

/**
 * Sends a request of a login as one of its steps would: through the model's connections, traced and judged.
 * @param secrets what the request holds that nobody may see
 * @throws LoginError when the response refuses the login, or when there is none
 */
export type SendLogin = (request: LoginRequest, secrets: readonly string[]) => Promise<LoginReply>;

/** Obtains tokens by a protocol of its own, in place of steps in the configuration. */
export interface TokenSource {
  /** All that decides which token comes; JSON. */
  readonly identity: unknown;
  /** @returns without `lifetimeMs` where the response does not say; without `token` where there is none */
  obtain(
    send: SendLogin,
  ): Promise<{ readonly token: string | undefined; readonly lifetimeMs: number | undefined }>;
}
