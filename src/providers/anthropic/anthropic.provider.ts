import { Injectable } from '@nestjs/common';
import { IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { type ConfigReport } from '../../config/config-report.js';
import { ModelConfig } from '../../config/model.config.js';
import { HeaderKey, NoCredential } from '../../credentials/fixed-credentials.js';
import { ANTHROPIC_MESSAGES } from '../../dialects/anthropic-messages/anthropic-messages.js';
import { MESSAGES_COUNT } from '../../dialects/anthropic-messages/messages-count.js';
import { HttpUpstream } from '../http-upstream.js';
import { type LlmProvider, type Upstream } from '../llm-provider.js';
import { checkSpoken, spokenBy } from '../spoken-dialects.js';

const KEY_HEADER = 'x-api-key';

/** Anthropic's own API, or a service that speaks its Messages; `base_url` with or without `/v1`. */
export class AnthropicModelConfig extends ModelConfig {
  /** Sent as `x-api-key`; without it no such header is sent. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  api_key?: string;

  override check(report: ConfigReport): void {
    checkSpoken(this, report);
  }
}

@Injectable()
export class AnthropicProvider implements LlmProvider<AnthropicModelConfig> {
  static readonly type = 'anthropic';
  static readonly Config = AnthropicModelConfig;

  connect(model: AnthropicModelConfig): Upstream {
    const { api_key: key } = model;
    const credential = key === undefined ? new NoCredential() : new HeaderKey(KEY_HEADER, key);
    return new HttpUpstream(model, credential, spokenBy(model, [ANTHROPIC_MESSAGES, MESSAGES_COUNT]));
  }
}
