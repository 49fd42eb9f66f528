import { Injectable } from '@nestjs/common';
import { HeaderKey, NoCredential } from '../../credentials/fixed-credentials.js';
import { LoginCredentials } from '../../credentials/login/login-credentials.js';
import { GEMINI } from '../../dialects/gemini/gemini.js';
import { GoogleModelConfig } from '../google-model.config.js';
import { googleCredential } from '../google-credential.js';
import { HttpUpstream } from '../http-upstream.js';
import { type LlmProvider, type Upstream } from '../llm-provider.js';
import { spokenBy } from '../spoken-dialects.js';

const KEY_HEADER = 'x-goog-api-key';

/**
 * Google's Gemini API, where `base_url` ends in the version, such as `/v1beta`; or Vertex AI, where
 * it ends in `/publishers/google`.
 */
@Injectable()
export class GeminiProvider implements LlmProvider<GoogleModelConfig> {
  static readonly type = 'gemini';
  static readonly Config = GoogleModelConfig;

  constructor(private readonly logins: LoginCredentials) {}

  connect(model: GoogleModelConfig): Upstream {
    const { api_key: key } = model;
    const fixed = key === undefined ? new NoCredential() : new HeaderKey(KEY_HEADER, key);
    const credential = googleCredential(model, this.logins) ?? fixed;
    return new HttpUpstream(model, credential, spokenBy(model, [GEMINI]));
  }
}
