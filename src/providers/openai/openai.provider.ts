import { Injectable } from '@nestjs/common';
import { BearerKey, NoCredential } from '../../credentials/fixed-credentials.js';
import { LoginCredentials } from '../../credentials/login/login-credentials.js';
import { OPENAI_DIALECTS } from '../../dialects/upstream-dialects.js';
import { type LlmProvider, type Upstream } from '../llm-provider.js';
import { GoogleModelConfig } from '../google-model.config.js';
import { googleCredential } from '../google-credential.js';
import { HttpUpstream } from '../http-upstream.js';
import { spokenBy } from '../spoken-dialects.js';

/** A service in the OpenAI format: a cloud, vLLM, Ollama, DeepSeek, Qwen and so on. */
export class OpenAiModelConfig extends GoogleModelConfig {}

@Injectable()
export class OpenAiProvider implements LlmProvider<OpenAiModelConfig> {
  static readonly type = 'openai';
  static readonly Config = OpenAiModelConfig;

  constructor(private readonly logins: LoginCredentials) {}

  connect(model: OpenAiModelConfig): Upstream {
    const fixed = model.api_key === undefined ? new NoCredential() : new BearerKey(model.api_key);
    const credential = googleCredential(model, this.logins) ?? fixed;
    return new HttpUpstream(model, credential, spokenBy(model, OPENAI_DIALECTS));
  }
}
