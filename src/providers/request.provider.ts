import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsNotEmpty, IsNumber, IsOptional, IsPositive, IsString, ValidateNested } from 'class-validator';
import { type GatewayConfig } from '../config/gateway.config.js';
import { LiveConfig } from '../config/live-config.js';
import { type ConfigReport } from '../config/model.config.js';
import { servicesOf } from '../config/services-of.js';
import { credentialRefused } from '../errors/credential-words.js';
import { UpstreamError } from '../errors/upstream-errors.js';
import { MappedModelConfig } from '../dialects/mapped/mapped-model.config.js';
import { Mappings } from '../dialects/mapped/mappings.js';
import { type CallTrace } from '../calls/call-trace.js';
import { carryToken } from '../credentials/login/carry-token.js';
import { type AccessToken } from '../credentials/login/login-answer.js';
import { checkLogin } from '../credentials/login/steps/check-login.js';
import { basicCredential } from '../credentials/login/steps/login-request.js';
import { type LoginTrace } from '../credentials/login/steps/login-trace.js';
import { needsEvaluator } from '../credentials/login/steps/login-plan.js';
import { rehearseLogin } from '../credentials/login/steps/rehearse-login.js';
import { LoginConfig } from '../credentials/login/login.config.js';
import { LoginRecipe } from '../credentials/login/login-recipe.js';
import { TokenLeases } from '../credentials/login/token-leases.js';
import { TokenRefusal } from '../credentials/login/token-refusal.js';
import { type TokenState } from '../credentials/login/token-state.js';
import { type AnswerDialect } from '../dialects/answer-dialect.js';
import { type UpstreamRequest } from '../upstream/upstream-request.js';
import { type ChatCall, type LlmProvider } from './llm-provider.js';
import { openAiRequest } from './openai-request.js';

const DEFAULT_TOKEN_CACHE_HOURS = 8;
const LOGIN_KEYS = ['auth_url', 'username', 'password'] as const;

/** An in-house service that wants a token: one written down, or one that a login hands out. */
export class RequestModelConfig extends MappedModelConfig {
  /** A fixed token. Never dropped, whatever the service answers. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  token?: string;

  /** Where the user name and password are posted as JSON; the token comes back. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  auth_url?: string;

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  username?: string;

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  password?: string;

  /** How long a login's token is kept, in hours, unless the login answer says shorter. Default 8. */
  @IsOptional()
  @IsNumber()
  @IsPositive()
  token_cache_hours?: number;

  /** How the token is won and used, where that differs from the above. */
  @IsOptional()
  @ValidateNested()
  @Type(() => LoginConfig)
  login?: LoginConfig;

  override get logsIn(): boolean {
    return isLeased(this);
  }

  override check(report: ConfigReport): void {
    super.check(report);
    if (this.token !== undefined) {
      for (const key of ['auth_url', 'username', 'password', 'login'] as const) {
        if (this[key] === undefined) continue;
        report.problem(key, 'stands beside token; expected either a token or a login, not both');
      }
      if (this.token_cache_hours !== undefined) {
        report.warning('token_cache_hours', 'has no effect beside token: a fixed token is never renewed');
      }
      return;
    }
    const given = LOGIN_KEYS.filter((key) => this[key] !== undefined);
    if (given.length === 0 && this.login === undefined) {
      report.problem('', 'has no credential; expected token, or auth_url, username and password');
      return;
    }
    if (this.login !== undefined) {
      checkLogin(this.login, this, report);
      return;
    }
    for (const key of LOGIN_KEYS) {
      if (this[key] === undefined) {
        report.problem(key, 'is missing; expected auth_url, username and password together');
      }
    }
  }
}

@Injectable()
export class RequestProvider implements LlmProvider<RequestModelConfig> {
  static readonly type = 'request';
  static readonly Config = RequestModelConfig;

  readonly #recipes = new WeakMap<RequestModelConfig, LoginRecipe>();
  readonly #refusals = new WeakMap<RequestModelConfig, TokenRefusal>();

  constructor(
    private readonly leases: TokenLeases,
    private readonly mappings: Mappings,
    live: LiveConfig,
  ) {
    live.onReplaced((config, previous) => this.#forgetLeases(config, previous));
  }

  async prepare(call: ChatCall, model: RequestModelConfig): Promise<UpstreamRequest> {
    const access = isLeased(model)
      ? await ofModel(model, this.leases.acquire(this.#recipeOf(model), call.forcedLogin, call.trace))
      : undefined;
    return this.#prepareWith(access, call, model);
  }

  async rehearse(call: ChatCall, model: RequestModelConfig, trace: LoginTrace): Promise<UpstreamRequest> {
    const access = isLeased(model) ? await rehearseLogin(this.#recipeOf(model), trace) : undefined;
    return this.#prepareWith(access, call, model);
  }

  /** Whether some expression of a login, or of what ends its token, could take long on any input. */
  needsEvaluator(config: GatewayConfig): boolean {
    return servicesOf(config).some(
      (model) =>
        model instanceof RequestModelConfig &&
        ((isLeased(model) && needsEvaluator(this.#recipeOf(model).plan)) ||
          this.refusal(model)?.needsEvaluator === true),
    );
  }

  dialect(model: RequestModelConfig): AnswerDialect | undefined {
    return this.mappings.of(model);
  }

  refusal(model: RequestModelConfig): TokenRefusal | undefined {
    if (model.login?.refused_when === undefined) return undefined;
    let refusal = this.#refusals.get(model);
    if (refusal === undefined) {
      refusal = new TokenRefusal(model.name, model.login.refused_when);
      this.#refusals.set(model, refusal);
    }
    return refusal;
  }

  async renewCredential(
    request: UpstreamRequest,
    model: RequestModelConfig,
    trace?: CallTrace,
  ): Promise<boolean> {
    if (!isLeased(model) || request.credential === undefined) return false;
    return ofModel(model, this.leases.renewRefused(this.#recipeOf(model), request.credential, trace));
  }

  tokenState(model: RequestModelConfig): TokenState | undefined {
    return isLeased(model) ? this.leases.stateOf(this.#recipeOf(model)) : undefined;
  }

  async obtainToken(model: RequestModelConfig): Promise<void> {
    if (isLeased(model)) await this.leases.acquire(this.#recipeOf(model));
  }

  async credentialRefusedAgain(request: UpstreamRequest, model: RequestModelConfig): Promise<void> {
    if (!isLeased(model) || request.credential === undefined) return;
    await this.leases.refusedAgain(this.#recipeOf(model), request.credential);
  }

  credentialWorked(request: UpstreamRequest, model: RequestModelConfig): void {
    if (!isLeased(model) || request.credential === undefined) return;
    this.leases.worked(this.#recipeOf(model), request.credential);
  }

  async #prepareWith(
    access: AccessToken | undefined,
    call: ChatCall,
    model: RequestModelConfig,
  ): Promise<UpstreamRequest> {
    const request = withCredential(access, call, model);
    return this.mappings.of(model)?.request(request, call.request) ?? request;
  }

  #forgetLeases(config: GatewayConfig, previous: GatewayConfig): void {
    const before = new Set(servicesOf(previous));
    const used = new Set<string>();
    const changed = new Set<string>();
    for (const model of servicesOf(config)) {
      if (!(model instanceof RequestModelConfig) || !isLeased(model)) continue;
      const { key } = this.#recipeOf(model);
      used.add(key);
      if (!before.has(model)) changed.add(key);
    }
    void this.leases.keepOnly(used, changed);
  }

  #recipeOf(model: RequestModelConfig): LoginRecipe {
    let recipe = this.#recipes.get(model);
    if (recipe === undefined) {
      recipe = new LoginRecipe(
        model,
        model.auth_url,
        model.username,
        model.password,
        (model.token_cache_hours ?? DEFAULT_TOKEN_CACHE_HOURS) * 3_600_000,
        model.login,
      );
      this.#recipes.set(model, recipe);
    }
    return recipe;
  }
}

/** Whether a login hands the credential out, for a time. */
function isLeased(model: RequestModelConfig): boolean {
  return model.token === undefined && model.login?.preset !== 'basic';
}

/** What the login brings; a refusal says whose credential was refused. */
async function ofModel<Result>({ name }: RequestModelConfig, result: Promise<Result>): Promise<Result> {
  try {
    return await result;
  } catch (error) {
    const isRefused =
      error instanceof UpstreamError &&
      (error.code === 'upstream_auth_failed' || /\blogin was refused\b/.test(error.message));
    throw isRefused ? error.reworded(credentialRefused(name, error.message)) : error;
  }
}

/** The call in OpenAI's words, showing its credential in the way that the model wants. */
function withCredential(
  access: AccessToken | undefined,
  call: ChatCall,
  model: RequestModelConfig,
): UpstreamRequest {
  const { login } = model;
  if (login?.preset === 'basic') {
    const basic = { token: basicCredential(model) };
    return carryToken(openAiRequest(call, model, undefined), login.carry, basic, 'Basic');
  }
  if (access === undefined) return openAiRequest(call, model, model.token);
  if (login === undefined) return openAiRequest(call, model, access.token);
  return carryToken(openAiRequest(call, model, undefined), login.carry, access);
}
