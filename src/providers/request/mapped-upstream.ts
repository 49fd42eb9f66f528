import { type ModelConfig } from '../../config/model.config.js';
import { type Access, type Credential } from '../../credentials/credential.js';
import { type MappedDialect } from '../../dialects/mapped/mapped-dialect.js';
import { type ChatRequest } from '../../dialects/openai-chat/request/chat-request.js';
import { OPENAI_CHAT } from '../../dialects/openai-chat/openai-chat.js';
import { type PreparedCall } from '../../dialects/ports/prepared-call.js';
import { type UpstreamCall } from '../llm-provider.js';
import { HttpUpstream } from '../http-upstream.js';

/**
 * A service with a wire format of its own: its requests are built from an OpenAI request,
 * credential included.
 */
export class MappedUpstream extends HttpUpstream {
  constructor(
    model: ModelConfig,
    credential: Credential,
    readonly dialect: MappedDialect,
  ) {
    super(model, credential, [OPENAI_CHAT]);
  }

  override get needsEvaluator(): boolean {
    return super.needsEvaluator || this.dialect.mapping.needsEvaluator;
  }

  override warm(): void {
    this.dialect.warm();
  }

  override async prepare(call: UpstreamCall, access: Access, asksForUsage?: boolean): Promise<PreparedCall> {
    // Expressions see the client's request.
    const request = await this.write(call, access);
    return this.dialect.prepare(request, call.request as ChatRequest, access.kept, asksForUsage);
  }
}
