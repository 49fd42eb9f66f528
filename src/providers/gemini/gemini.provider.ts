import { Injectable } from '@nestjs/common';
import { IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { type ConfigReport } from '../../config/config-report.js';
import { ModelConfig } from '../../config/model.config.js';
import { HeaderKey, NoCredential } from '../../credentials/fixed-credentials.js';
import { GEMINI } from '../../dialects/gemini/gemini.js';
import { HttpUpstream } from '../http-upstream.js';
import { type LlmProvider, type Upstream } from '../llm-provider.js';
import { checkSpoken, spokenBy } from '../spoken-dialects.js';

const KEY_HEADER = 'x-goog-api-key';

/** Google's Gemini API; `base_url` ends in the version, such as `/v1beta`. */
export class GeminiModelConfig extends ModelConfig {
  /** Sent as `x-goog-api-key`; without it no such header is sent. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  api_key?: string;

  override check(report: ConfigReport): void {
    checkSpoken(this, report);
  }
}

@Injectable()
export class GeminiProvider implements LlmProvider<GeminiModelConfig> {
  static readonly type = 'gemini';
  static readonly Config = GeminiModelConfig;

  connect(model: GeminiModelConfig): Upstream {
    const { api_key: key } = model;
    const credential = key === undefined ? new NoCredential() : new HeaderKey(KEY_HEADER, key);
    return new HttpUpstream(model, credential, spokenBy(model, [GEMINI]));
  }
}
