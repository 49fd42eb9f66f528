import { Injectable } from '@nestjs/common';
import { IsNotEmpty, IsNumber, IsOptional, IsPositive, IsString } from 'class-validator';
import { type ConfigReport } from '../config/model.config.js';
import { MappedModelConfig } from '../mapping/mapped-model.config.js';
import { Mappings } from '../mapping/mappings.js';
import { LoginRecipe } from '../tokens/login-recipe.js';
import { TokenLeases } from '../tokens/token-leases.js';
import { type AnswerDialect } from '../upstream/answer-dialect.js';
import { type UpstreamRequest } from '../upstream/upstream-request.js';
import { type ChatCall, type LlmProvider } from './llm-provider.js';
import { openAiRequest } from './openai-request.js';

const DEFAULT_TOKEN_CACHE_HOURS = 8;

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

  override check(report: ConfigReport): void {
    super.check(report);
    const login = ['auth_url', 'username', 'password'] as const;
    const given = login.filter((key) => this[key] !== undefined);
    if (this.token !== undefined) {
      for (const key of given) {
        report.problem(key, 'stands beside token; expected either a token or a login, not both');
      }
      if (this.token_cache_hours !== undefined) {
        report.warning('token_cache_hours', 'has no effect beside token: a fixed token is never renewed');
      }
      return;
    }
    if (given.length === 0) {
      report.problem('', 'has no credential; expected token, or auth_url, username and password');
      return;
    }
    for (const key of login) {
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

  constructor(
    private readonly leases: TokenLeases,
    private readonly mappings: Mappings,
  ) {}

  async prepare(call: ChatCall, model: RequestModelConfig): Promise<UpstreamRequest> {
    const token = model.token ?? (await this.leases.acquire(this.#recipeOf(model), call.isTest));
    const request = openAiRequest(call, model, token);
    return this.mappings.of(model)?.request(request, call.request) ?? request;
  }

  dialect(model: RequestModelConfig): AnswerDialect | undefined {
    return this.mappings.of(model);
  }

  async renewCredential(request: UpstreamRequest, model: RequestModelConfig): Promise<boolean> {
    if (model.token !== undefined || request.credential === undefined) return false;
    return this.leases.renewRefused(this.#recipeOf(model), request.credential);
  }

  credentialWorked(request: UpstreamRequest, model: RequestModelConfig, isTest: boolean): void {
    if (model.token !== undefined || request.credential === undefined) return;
    this.leases.worked(this.#recipeOf(model), request.credential, isTest);
  }

  #recipeOf(model: RequestModelConfig): LoginRecipe {
    let recipe = this.#recipes.get(model);
    if (recipe === undefined) {
      recipe = new LoginRecipe(
        model,
        withQuery(model.auth_url!, model.query),
        model.username!,
        model.password!,
        (model.token_cache_hours ?? DEFAULT_TOKEN_CACHE_HOURS) * 3_600_000,
      );
      this.#recipes.set(model, recipe);
    }
    return recipe;
  }
}

function withQuery(address: string, query: Readonly<Record<string, string>>): string {
  const url = new URL(address);
  for (const name in query) url.searchParams.set(name, query[name]!);
  return url.href;
}
