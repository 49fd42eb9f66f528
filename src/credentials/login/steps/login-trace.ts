import { Inspection } from '../../../calls/inspection.js';
import { type LoginReply, type LoginRequest } from './login-exchange.js';
import { type TokenLifetime } from './token/token-end.js';

/** What happens in a login, as it happens. Holds secrets: mask them before showing any of it. */
export type LoginEvent =
  | { readonly kind: 'sent'; readonly step: string; readonly request: LoginRequest }
  | { readonly kind: 'answered'; readonly step: string; readonly answer: LoginReply }
  | {
      readonly kind: 'expression';
      readonly step: string;
      /** Its key in the configuration, such as `token` or `keep.salt`. */
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

/** Logins step by step; `secrets` is everything that must not be shown, as far as it is known by now. */
export const LOGINS = new Inspection<{ readonly event: LoginEvent; readonly secrets: readonly string[] }>(
  'login',
);
