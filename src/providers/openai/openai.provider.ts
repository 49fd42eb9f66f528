import { Injectable } from '@nestjs/common';
import { IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { ModelConfig } from '../../config/model.config.js';
import { BearerKey, NoCredential } from '../../credentials/fixed-credentials.js';
import { type ConfigReport } from '../../config/config-report.js';
import { OPENAI_DIALECTS } from '../../dialects/upstream-dialects.js';
import { type LlmProvider, type Upstream } from '../llm-provider.js';
import { HttpUpstream } from '../http-upstream.js';
import { checkSpoken, spokenBy } from '../spoken-dialects.js';

/** A service that speaks the OpenAI format itself: a cloud, vLLM, Ollama, DeepSeek, Qwen and so on. */
export class OpenAiModelConfig extends ModelConfig {
  /** Sent as `Authorization: Bearer …`; without it no such header is sent. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  api_key?: string;

  override check(report: ConfigReport): void {
    checkSpoken(this, report);
  }
}

@Injectable()
export class OpenAiProvider implements LlmProvider<OpenAiModelConfig> {
  static readonly type = 'openai';
  static readonly Config = OpenAiModelConfig;

  connect(model: OpenAiModelConfig): Upstream {
    const credential = model.api_key === undefined ? new NoCredential() : new BearerKey(model.api_key);
    return new HttpUpstream(model, credential, spokenBy(model, OPENAI_DIALECTS));
  }
}
