import { type ModelConfig } from '../../config/model.config.js';
import { type Access, type Credential } from '../../credentials/credential.js';
import { type AnswerDialect } from '../../dialects/answer-dialect.js';
import { CHAT } from '../../protocol/operation.js';
import { type RequestDraft, type UpstreamRequest } from '../../upstream/upstream-request.js';
import { type ChatCall, type Upstream } from '../llm-provider.js';

/** A service whose calls are OpenAI's: the client's bytes, at `{base_url}/chat/completions`. */
export class OpenAiUpstream implements Upstream {
  readonly dialect: AnswerDialect | undefined = undefined;
  readonly #chatUrl: string;
  readonly #maxTokens: { readonly field: string; readonly value: number } | undefined;

  constructor(
    protected readonly model: ModelConfig,
    readonly credential: Credential,
  ) {
    this.#chatUrl = this.address(CHAT.path);
    const { max_tokens: value, max_tokens_field: field } = model;
    if (value !== undefined) this.#maxTokens = { field, value };
  }

  get needsEvaluator(): boolean {
    return this.credential.needsEvaluator;
  }

  warm(): void {}

  address(path: string): string {
    const url = new URL(this.model.base_url);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`;
    for (const name in this.model.query) url.searchParams.set(name, this.model.query[name]!);
    return url.href;
  }

  prepare(call: ChatCall, access: Access): UpstreamRequest | Promise<UpstreamRequest> {
    const { model } = this;
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      accept: call.request.isStream ? 'text/event-stream' : 'application/json',
      ...call.headers,
    };
    for (const name in model.headers) headers[name.toLowerCase()] = model.headers[name]!;
    const request: RequestDraft = {
      method: 'POST',
      url: this.#chatUrl,
      headers,
      body: call.request.bodyFor(model.model_name, this.#maxTokens),
      model: model.name,
      credential: undefined,
    };
    return access.attach(request);
  }
}
