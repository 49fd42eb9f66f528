import { type RequestDraft, type UpstreamRequest } from '../../../upstream/upstream-request.js';
import { FixedCredential } from '../../fixed-credentials.js';
import { carryToken } from './carry-token.js';
import { type LoginConfig } from '../login.config.js';
import { basicCredential } from '../steps/login-request.js';
import { type Account } from '../steps/login-scope.js';
import { TokenRefusal } from './token-refusal.js';

/** User name and password with each request: `login.preset: basic`. */
export class BasicCredential extends FixedCredential {
  readonly #token: string;

  constructor(
    model: string,
    account: Account,
    private readonly login: LoginConfig,
  ) {
    super(TokenRefusal.of(model, login));
    this.#token = basicCredential(account);
  }

  attach(request: RequestDraft): UpstreamRequest {
    return carryToken(request, this.login.carry, { token: this.#token }, 'Basic');
  }
}
