import { Injectable } from '@nestjs/common';
import { HeaderKey, NoCredential } from '../../credentials/fixed-credentials.js';
import { GEMINI } from '../../dialects/gemini/gemini.js';
import { ApiKeyModelConfig } from '../api-key-model.config.js';
import { HttpUpstream } from '../http-upstream.js';
import { type LlmProvider, type Upstream } from '../llm-provider.js';
import { spokenBy } from '../spoken-dialects.js';

const KEY_HEADER = 'x-goog-api-key';

/** Google's Gemini API; `base_url` ends in the version, such as `/v1beta`. */
@Injectable()
export class GeminiProvider implements LlmProvider<ApiKeyModelConfig> {
  static readonly type = 'gemini';
  static readonly Config = ApiKeyModelConfig;

  connect(model: ApiKeyModelConfig): Upstream {
    const { api_key: key } = model;
    const credential = key === undefined ? new NoCredential() : new HeaderKey(KEY_HEADER, key);
    return new HttpUpstream(model, credential, spokenBy(model, [GEMINI]));
  }
}
