import { type ModelConfig } from '../../config/model.config.js';
import { type Access, type Credential } from '../../credentials/credential.js';
import { type MappedDialect } from '../../dialects/mapped/mapped-dialect.js';
import { type PreparedCall } from '../../dialects/prepared-call.js';
import { type ChatCall } from '../llm-provider.js';
import { OpenAiUpstream } from '../openai/openai-upstream.js';

/** A service that speaks a dialect of its own: its requests are made of what OpenAI's would be, credential included. */
export class MappedUpstream extends OpenAiUpstream {
  constructor(
    model: ModelConfig,
    credential: Credential,
    readonly dialect: MappedDialect,
  ) {
    super(model, credential);
  }

  override get needsEvaluator(): boolean {
    return super.needsEvaluator || this.dialect.mapping.needsEvaluator;
  }

  override warm(): void {
    this.dialect.warm();
  }

  override async prepare(call: ChatCall, access: Access): Promise<PreparedCall> {
    return this.dialect.prepare(await this.chat(call, access), call.request, access.kept);
  }
}
