import { Injectable } from '@nestjs/common';
import { BearerKey, NoCredential } from '../../credentials/fixed-credentials.js';
import { OPENAI_DIALECTS } from '../../dialects/upstream-dialects.js';
import { type LlmProvider, type Upstream } from '../llm-provider.js';
import { ApiKeyModelConfig } from '../api-key-model.config.js';
import { HttpUpstream } from '../http-upstream.js';
import { spokenBy } from '../spoken-dialects.js';

/** A service that speaks the OpenAI format itself: a cloud, vLLM, Ollama, DeepSeek, Qwen and so on. */
export class OpenAiModelConfig extends ApiKeyModelConfig {}

@Injectable()
export class OpenAiProvider implements LlmProvider<OpenAiModelConfig> {
  static readonly type = 'openai';
  static readonly Config = OpenAiModelConfig;

  connect(model: OpenAiModelConfig): Upstream {
    const credential = model.api_key === undefined ? new NoCredential() : new BearerKey(model.api_key);
    return new HttpUpstream(model, credential, spokenBy(model, OPENAI_DIALECTS));
  }
}
