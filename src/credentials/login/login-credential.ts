import { credentialRefused } from '../../errors/credential-words.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { type CallTrace } from '../../calls/call-trace.js';
import { type RequestDraft, type UpstreamRequest } from '../../upstream/upstream-request.js';
import { withBearer } from '../fixed-credentials.js';
import { type Access, type Credential, type CredentialUse } from '../credential.js';
import { type TokenState } from '../token-state.js';
import { carryToken, withoutScheme } from './using/carry-token.js';
import { type AccessToken } from './login-answer.js';
import { type LoginConfig } from './login.config.js';
import { type LoginRecipe } from './login-recipe.js';
import { needsEvaluator } from './steps/login-plan.js';
import { rehearseLogin } from './steps/rehearse-login.js';
import { type KnownTokens } from './tokens/known-tokens.js';
import { type TokenLeases } from './tokens/token-leases.js';
import { TokenRefusal } from './using/token-refusal.js';

const NOTHING: Readonly<Record<string, unknown>> = {};

/** A token that a login issues for a limited time. Upstreams of one account share it. */
export class LoginCredential implements Credential {
  readonly refusedWhen: TokenRefusal | undefined;

  constructor(
    readonly leases: TokenLeases,
    private readonly known: KnownTokens,
    readonly recipe: LoginRecipe,
    /**
     * How requests carry the token. Undefined: as a bearer token, which the model's own headers may
     * replace.
     */
    readonly login: LoginConfig | undefined,
  ) {
    this.refusedWhen = TokenRefusal.of(recipe.model.name, login);
  }

  get needsEvaluator(): boolean {
    return needsEvaluator(this.recipe.plan) || this.refusedWhen?.needsEvaluator === true;
  }

  async obtain({ forcedLogin, trace }: CredentialUse = {}): Promise<Access> {
    const token = await this.named(this.leases.acquire(this.recipe, forcedLogin, trace));
    return new LeasedAccess(this, token);
  }

  async rehearse(): Promise<Access> {
    return new LeasedAccess(this, await rehearseLogin(this.recipe));
  }

  state(): TokenState {
    return this.known.stateOf(this.recipe);
  }

  /**
   * The result of a login. If it was refused, the error names the model whose credential was
   * refused.
   */
  async named<Result>(result: Promise<Result>): Promise<Result> {
    try {
      return await result;
    } catch (error) {
      const isRefused =
        error instanceof UpstreamError &&
        (error.code === 'upstream_auth_failed' || /\blogin was refused\b/.test(error.message));
      throw isRefused ? error.reworded(credentialRefused(this.recipe.model.name, error.message)) : error;
    }
  }
}

class LeasedAccess implements Access {
  readonly kept: Readonly<Record<string, unknown>>;

  constructor(
    private readonly credential: LoginCredential,
    private readonly access: AccessToken,
  ) {
    this.kept = access.kept ?? NOTHING;
  }

  attach(request: RequestDraft): UpstreamRequest {
    const { login } = this.credential;
    return login === undefined
      ? withBearer(request, withoutScheme(this.access.token))
      : carryToken(request, login.carry, this.access);
  }

  renew(trace?: CallTrace): Promise<boolean> {
    const { credential, access } = this;
    return credential.named(credential.leases.renewRefused(credential.recipe, access.token, trace));
  }

  refusedAgain(): Promise<void> {
    return this.credential.leases.refusedAgain(this.credential.recipe, this.access.token);
  }

  worked(): void {
    this.credential.leases.worked(this.credential.recipe, this.access.token);
  }
}
