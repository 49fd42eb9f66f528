import { Injectable } from '@nestjs/common';
import { HeaderKey, NoCredential } from '../../credentials/fixed-credentials.js';
import { ANTHROPIC_MESSAGES } from '../../dialects/anthropic-messages/anthropic-messages.js';
import { MESSAGES_COUNT } from '../../dialects/anthropic-messages/counting/messages-count.js';
import { ApiKeyModelConfig } from '../api-key-model.config.js';
import { HttpUpstream } from '../http-upstream.js';
import { type LlmProvider, type Upstream } from '../llm-provider.js';
import { spokenBy } from '../spoken-dialects.js';

const KEY_HEADER = 'x-api-key';

/** Anthropic's own API, or a service in its Messages format; `base_url` with or without `/v1`. */
@Injectable()
export class AnthropicProvider implements LlmProvider<ApiKeyModelConfig> {
  static readonly type = 'anthropic';
  static readonly Config = ApiKeyModelConfig;

  connect(model: ApiKeyModelConfig): Upstream {
    const { api_key: key } = model;
    const credential = key === undefined ? new NoCredential() : new HeaderKey(KEY_HEADER, key);
    return new HttpUpstream(model, credential, spokenBy(model, [ANTHROPIC_MESSAGES, MESSAGES_COUNT]));
  }
}
