/**
 * Ways to misbehave, as written in JSON. `after` counts stream events, of which the first is the
 * one with the role; for a plain response it is ignored and means half-way. A fault that only fits
 * streams waits for a stream.
 */
export type Fault =
  /** Resets the connection before any response. */
  | { readonly kind: 'refuse' }
  /** The whole service goes down for `ms` (1000): every connection is reset, new ones are refused. */
  | { readonly kind: 'down'; readonly ms?: number }
  /** Accepts the request and never responds. */
  | { readonly kind: 'hang' }
  /** Responds with this status (500), and `body` as JSON or `raw` unchanged; without either, an error object. */
  | {
      readonly kind: 'status';
      readonly status?: number;
      /** Seconds, or an HTTP date. */
      readonly retry_after?: number | string;
      readonly body?: unknown;
      readonly raw?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Responds with an HTML page, as proxies do; status 200. */
  | { readonly kind: 'html'; readonly status?: number }
  /** A refused credential. */
  | { readonly kind: 'unauthorized' }
  /** Forgets every token that a login issued, and refuses this call's credential. */
  | { readonly kind: 'token_revoked' }
  /** Half of the JSON, with a matching content length. Plain responses only. */
  | { readonly kind: 'truncated_json' }
  /** The connection ends between two events (3), or half-way through a plain response's body. */
  | { readonly kind: 'cut'; readonly after?: number }
  /** The connection ends in the middle of the next event. Streams only. */
  | { readonly kind: 'cut_inside_event'; readonly after?: number }
  /** The response ends cleanly, but with neither finish reason nor `[DONE]`. Streams only. */
  | { readonly kind: 'end_early'; readonly after?: number }
  /** Stops sending and stays open; with `comment_every_ms` it keeps sending SSE comments. */
  | { readonly kind: 'stall'; readonly after?: number; readonly comment_every_ms?: number }
  /**
   * Waits (1000 ms) before the first byte; `headers_first` sends the headers at once, and comments may be
   * sent during the wait.
   */
  | {
      readonly kind: 'slow_first_byte';
      readonly ms?: number;
      readonly headers_first?: boolean;
      readonly comment_every_ms?: number;
    }
  /** `data: {"error": …}` inside the stream, which then ends without `[DONE]`. Streams only. */
  | { readonly kind: 'error_event'; readonly after?: number; readonly error?: unknown }
  /** An event that is not JSON; the stream then goes on. Streams only. */
  | { readonly kind: 'malformed_event'; readonly after?: number; readonly line?: string }
  /** The right bytes with the wrong content type (text/plain). */
  | { readonly kind: 'wrong_content_type'; readonly content_type?: string }
  /** A streaming request gets a plain JSON response. Streams only. */
  | { readonly kind: 'json_for_stream' }
  /** A plain request gets a stream. Plain responses only. */
  | { readonly kind: 'stream_for_json' }
  /** Finish reason, but no `[DONE]`. Streams only. */
  | { readonly kind: 'no_done' }
  /** `content-encoding: gzip`, whether the client asked for it or not. */
  | { readonly kind: 'gzip' }
  /**
   * Closes the idle connection right after a response that promised to keep it open; with
   * `under_next_request` not before the next request has arrived on it, which gets no response.
   */
  | { readonly kind: 'keepalive_close'; readonly under_next_request?: boolean }
  /** Events framed with CRLF, with comments between them. Streams only. */
  | { readonly kind: 'crlf' }
  /** Writes `size` (1) bytes at a time, so that characters and line ends are split between packets. */
  | { readonly kind: 'split_bytes'; readonly size?: number; readonly crlf?: boolean }
  /**
   * A response with this much text (1 MiB), in chunks of `chunk_bytes` (16 KiB), as fast as the
   * client reads.
   */
  | { readonly kind: 'big'; readonly bytes?: number; readonly chunk_bytes?: number };

export type FaultKind = Fault['kind'];
export type FaultOf<K extends FaultKind> = Extract<Fault, { readonly kind: K }>;

/** The calls that a fault can wait for: of one kind, or `calls` for every call of a model. */
export const FAULT_TARGETS = [
  'calls',
  'chat',
  'count_tokens',
  'completions',
  'embeddings',
  'rerank',
  'moderations',
  'images',
  'speech',
  'transcriptions',
  'login',
  'models',
] as const;
export type FaultTarget = (typeof FAULT_TARGETS)[number];
/** These are not calls to a model. */
const BESIDE_CALLS: ReadonlySet<FaultTarget> = new Set<FaultTarget>(['login', 'models']);

/** Whether a fault that waits for `wanted` applies to a call of this kind. */
export function isTarget(wanted: FaultTarget, call: FaultTarget): boolean {
  return wanted === call || (wanted === 'calls' && !BESIDE_CALLS.has(call));
}

/** A fault and the calls that it applies to. */
export interface FaultOrder {
  readonly fault: Fault;
  /** How many calls; Infinity for all. */
  readonly times: number;
  readonly on: FaultTarget;
  /** Only calls for this upstream model. */
  readonly model?: string;
  /** Only calls to this path, where `*` stands for anything; without the query. */
  readonly path?: string;
  /** Only calls that ask for a stream, or only those that do not. */
  readonly stream?: boolean;
  /** The first matching call to fail, counted from 1; default the first. */
  readonly nth?: number;
  /** The probability that a matching call fails, above 0 up to 1; default 1. */
  readonly probability?: number;
}

const STREAM_ONLY: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'cut_inside_event',
  'end_early',
  'error_event',
  'malformed_event',
  'json_for_stream',
  'no_done',
  'crlf',
]);
const PLAIN_ONLY: ReadonlySet<FaultKind> = new Set<FaultKind>(['truncated_json', 'stream_for_json']);

/** Whether a fault can be applied to this kind of response. */
export function isFor(fault: Fault, isStream: boolean): boolean {
  return isStream ? !PLAIN_ONLY.has(fault.kind) : !STREAM_ONLY.has(fault.kind);
}
