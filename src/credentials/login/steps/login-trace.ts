import { Inspection } from '../../../calls/inspection.js';
import { type LoginReply, type LoginRequest } from './login-exchange.js';
import { type TokenLifetime } from './token/token-end.js';

/**
 * An event of a login, reported as it happens. It contains secrets, which must be masked before it
 * is shown.
 */
export type LoginEvent =
  | { readonly kind: 'sent'; readonly step: string; readonly request: LoginRequest }
  | { readonly kind: 'answered'; readonly step: string; readonly answer: LoginReply }
  | {
      readonly kind: 'expression';
      readonly step: string;
      /** The expression's key in the configuration, such as `token` or `keep.salt`. */
      readonly name: string;
      readonly source: string;
      readonly input: unknown;
      readonly result: unknown;
    }
  | {
      readonly kind: 'failed expression';
      readonly step: string;
      readonly name: string;
      readonly source: string;
      readonly input: unknown;
      readonly problem: string;
    }
  | ({ readonly kind: 'token'; readonly token: string } & TokenLifetime);

/** The events of logins; `secrets` contains everything known so far that must not be shown. */
export const LOGINS = new Inspection<{ readonly event: LoginEvent; readonly secrets: readonly string[] }>(
  'login',
);
