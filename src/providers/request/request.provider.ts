import { Injectable } from '@nestjs/common';
import { type Credential } from '../../credentials/credential.js';
import { BearerKey } from '../../credentials/fixed-credentials.js';
import { BasicCredential } from '../../credentials/login/using/basic-credential.js';
import { LoginCredentials } from '../../credentials/login/login-credentials.js';
import { LoginRecipe } from '../../credentials/login/login-recipe.js';
import { OPENAI_DIALECTS } from '../../dialects/upstream-dialects.js';
import { MappedDialects } from '../../dialects/mapped/mapped-dialects.js';
import { type LlmProvider, type Upstream } from '../llm-provider.js';
import { HttpUpstream } from '../http-upstream.js';
import { spokenBy } from '../spoken-dialects.js';
import { MappedUpstream } from './mapped-upstream.js';
import { DEFAULT_TOKEN_CACHE_HOURS, RequestModelConfig } from './request-model.config.js';

@Injectable()
export class RequestProvider implements LlmProvider<RequestModelConfig> {
  static readonly type = 'request';
  static readonly Config = RequestModelConfig;

  constructor(
    private readonly logins: LoginCredentials,
    private readonly dialects: MappedDialects,
  ) {}

  connect(model: RequestModelConfig): Upstream {
    const credential = this.#credentialOf(model);
    const dialect = this.dialects.compile(model);
    return dialect === undefined
      ? new HttpUpstream(model, credential, spokenBy(model, OPENAI_DIALECTS))
      : new MappedUpstream(model, credential, dialect);
  }

  #credentialOf(model: RequestModelConfig): Credential {
    const { token, auth_url: authUrl, username, password, token_cache_hours: hours, login } = model;
    if (token !== undefined) return new BearerKey(token);
    if (login?.preset === 'basic') return new BasicCredential(model.name, { username, password }, login);
    const lifetimeMs = (hours ?? DEFAULT_TOKEN_CACHE_HOURS) * 3_600_000;
    const recipe = new LoginRecipe(model, authUrl, username, password, lifetimeMs, login);
    return this.logins.bind(recipe, login);
  }
}
