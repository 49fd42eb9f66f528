import { type TraceHeaders } from '../calls/call-trace.js';

/** A body that is forwarded while it arrives from the client; available once. */
export interface Upload extends AsyncIterable<Buffer> {
  /** In bytes; undefined if unknown. */
  readonly length?: number | undefined;
}

/** One prepared request, ready to be sent; nothing in it is shown to the client. */
export interface UpstreamRequest {
  readonly method: 'POST' | 'GET';
  /** Absolute, normalised like `new URL(…).href`. */
  readonly url: string;
  /** With lower-case names; contains the credential. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Sent instead of the body. */
  readonly upload?: Upload | undefined;
  /** Name of the configured model, for messages. */
  readonly model?: string;
  /**
   * The secret in this request, so that it can be removed from error messages; undefined without
   * one.
   */
  readonly credential?: string;
  /** Further secrets of this kind, including other spellings. */
  readonly credentials?: readonly string[];
  /** The model's own pattern for messages about a prompt that is too long. */
  readonly saysContextLength?: (words: string) => boolean;
}

/** A request in preparation; its headers are its own and may be changed. */
export interface RequestDraft extends UpstreamRequest {
  readonly headers: Record<string, string>;
  credential: string | undefined;
}

/** The request as part of this trace, which replaces a trace that the client named. */
export function withTrace(request: UpstreamRequest, headers: TraceHeaders): UpstreamRequest {
  return { ...request, headers: { ...request.headers, ...headers } };
}
