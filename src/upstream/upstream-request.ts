import { type TraceHeaders } from '../calls/call-trace.js';

/** One prepared call, ready to be sent: nothing in it is known to the caller. */
export interface UpstreamRequest {
  readonly method: 'POST' | 'GET';
  /** Absolute, normalised as `new URL(…).href` gives it. */
  readonly url: string;
  /** Lower-case names; holds the credential. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Name of the configured model, for messages. */
  readonly model?: string;
  /** The secret that this request carries, so that no error text repeats it; undefined without one. */
  readonly credential?: string;
  /** Further such secrets, other spellings of it among them. */
  readonly credentials?: readonly string[];
  /** The model's own way to tell, from an error's words, that the prompt is too long. */
  readonly saysContextLength?: (words: string) => boolean;
}

/** A request that is being prepared: its headers are its own, and may be written to. */
export interface RequestDraft extends UpstreamRequest {
  readonly headers: Record<string, string>;
  credential: string | undefined;
}

/** The request as a part of a trace, whatever trace the client named. */
export function withTrace(request: UpstreamRequest, headers: TraceHeaders): UpstreamRequest {
  return { ...request, headers: { ...request.headers, ...headers } };
}
