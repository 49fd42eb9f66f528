import { type ModelConfig } from '../../config/model.config.js';
import { type Access, type Credential } from '../../credentials/credential.js';
import { type PreparedCall } from '../../dialects/prepared-call.js';
import { CHAT } from '../../protocol/operation.js';
import { type RequestDraft, type UpstreamRequest } from '../../upstream/upstream-request.js';
import { type ChatCall, type Upstream } from '../llm-provider.js';
import { OpenAiCall } from './openai-call.js';

const NOTHING = Buffer.alloc(0);

/** A service whose calls are OpenAI's: the client's bytes, at `{base_url}/chat/completions`. */
export class OpenAiUpstream implements Upstream {
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

  prepare(call: ChatCall, access: Access): PreparedCall | Promise<PreparedCall> {
    const { isStream } = call.request;
    const request = this.chat(call, access);
    return request instanceof Promise
      ? request.then((attached) => new OpenAiCall(attached, isStream))
      : new OpenAiCall(request, isStream);
  }

  bare(call: ChatCall, access: Access): UpstreamRequest | Promise<UpstreamRequest> {
    return access.attach(this.#draft(call, NOTHING));
  }

  protected chat(call: ChatCall, access: Access): UpstreamRequest | Promise<UpstreamRequest> {
    return access.attach(this.#draft(call, call.request.bodyFor(this.model.model_name, this.#maxTokens)));
  }

  #draft({ request, headers: forwarded }: ChatCall, body: Buffer): RequestDraft {
    const { model } = this;
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      accept: request.isStream ? 'text/event-stream' : 'application/json',
      ...forwarded,
    };
    for (const name in model.headers) headers[name.toLowerCase()] = model.headers[name]!;
    return {
      method: 'POST',
      url: this.#chatUrl,
      headers,
      body,
      model: model.name,
      credential: undefined,
    };
  }
}
