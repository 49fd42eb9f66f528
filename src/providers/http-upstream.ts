import { type ModelConfig } from '../config/model.config.js';
import { type Access, type Credential } from '../credentials/credential.js';
import { type TokenLimit, type WireFormat } from '../dialects/ports/wire-format.js';
import { type PreparedCall } from '../dialects/ports/prepared-call.js';
import { type AnswerSource } from '../upstream/response/answer-source.js';
import { type RequestDraft, type UpstreamRequest } from '../upstream/upstream-request.js';
import { type Upstream, type UpstreamCall } from './llm-provider.js';

const NOTHING = Buffer.alloc(0);

/**
 * A service that is called with one POST: the request's bytes, at the path of their wire format
 * below `base_url`.
 */
export class HttpUpstream implements Upstream {
  /** Keyed by the path of the wire format. */
  readonly #urls = new Map<string, string>();
  readonly #tokenLimit: TokenLimit | undefined;

  constructor(
    protected readonly model: ModelConfig,
    readonly credential: Credential,
    readonly dialects: readonly WireFormat[],
  ) {
    const { max_tokens: value, max_tokens_field: field } = model;
    if (value !== undefined) this.#tokenLimit = { field, value };
  }

  get needsEvaluator(): boolean {
    return this.credential.needsEvaluator;
  }

  warm(): void {}

  address(path: string): string {
    const url = new URL(this.model.base_url);
    const [pathname, query] = path.split('?', 2) as [string, string?];
    const base = url.pathname.replace(/\/+$/, '');
    // Some formats include the version in their paths, and some addresses include it, too.
    url.pathname = base + (base.endsWith('/v1') ? pathname.replace(/^\/v1\//, '/') : pathname);
    if (query !== undefined) url.search = query;
    for (const name in this.model.query) url.searchParams.set(name, this.model.query[name]!);
    return url.href;
  }

  prepare(call: UpstreamCall, access: Access, asksForUsage?: boolean): PreparedCall | Promise<PreparedCall> {
    const { isStream, wantsUsage } = call.request;
    const asks = asksForUsage === true && isStream && wantsUsage === false;
    const request = this.write(call, access, asksForUsage);
    return request instanceof Promise
      ? request.then((attached) => new PassedCall(attached, isStream, asks))
      : new PassedCall(request, isStream, asks);
  }

  bare(call: UpstreamCall, access: Access): UpstreamRequest | Promise<UpstreamRequest> {
    return access.attach(this.#draft(call, NOTHING));
  }

  protected write(
    call: UpstreamCall,
    access: Access,
    asksForUsage?: boolean,
  ): UpstreamRequest | Promise<UpstreamRequest> {
    const { model_name: name } = this.model;
    return access.attach(this.#draft(call, call.request.bodyFor(name, this.#tokenLimit, asksForUsage)));
  }

  #draft({ request, headers: forwarded }: UpstreamCall, body: Buffer): RequestDraft {
    const { model } = this;
    const { dialect, isStream } = request;
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      accept: isStream ? 'text/event-stream' : 'application/json',
      ...dialect.headers,
      ...forwarded,
    };
    for (const name in model.headers) headers[name.toLowerCase()] = model.headers[name]!;
    const upload = body === NOTHING ? undefined : request.uploadFor?.(model.model_name);
    if (upload?.length !== undefined) headers['content-length'] = String(upload.length);
    return {
      method: 'POST',
      url: this.#url(dialect.path(model.model_name, isStream)),
      headers,
      body,
      upload,
      model: model.name,
      credential: undefined,
    };
  }

  #url(path: string): string {
    let url = this.#urls.get(path);
    if (url === undefined) {
      url = this.address(path);
      this.#urls.set(path, url);
    }
    return url;
  }
}

/** A call in a wire format that the service supports; its response passes through byte by byte. */
class PassedCall implements PreparedCall {
  readonly errors = undefined;

  constructor(
    public request: UpstreamRequest,
    readonly isStream: boolean,
    readonly asksForUsage: boolean,
  ) {}

  receive(answer: AnswerSource): AnswerSource {
    return answer;
  }
}
