import { type IncomingHttpHeaders } from 'node:http';
import { parseExactJson } from '../../../protocol/json.js';
import { mediaType } from '../../../upstream/response/response-headers.js';

/** One step's request, ready to be sent. */
export interface LoginRequest {
  readonly method: string;
  readonly url: string;
  /** With lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** A step's response, as expressions see it and as it arrived. */
export interface LoginReply {
  readonly status: number;
  /** With lower-case names; cookies are separate. */
  readonly headers: Readonly<Record<string, string>>;
  /** Every cookie that the login has received so far. */
  readonly cookies: Readonly<Record<string, string>>;
  /** Parsed if it is JSON, with long integers as strings; otherwise text. */
  readonly body: unknown;
  readonly text: string;
}

export function readReply(
  status: number,
  headers: Readonly<IncomingHttpHeaders>,
  cookies: Readonly<Record<string, string>>,
  text: string,
): LoginReply {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name === 'set-cookie') continue;
    plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return { status, headers: plain, cookies, body: parseExactJson(text.trim()) ?? text, text };
}

/** The response as an expression sees it. */
export function viewOf({ status, headers, cookies, body }: LoginReply): Record<string, unknown> {
  return { status, headers, cookies, body };
}

/** The end of a message about an expression: names the kind of document; empty for JSON. */
export function kindOf({ headers, body }: LoginReply): string {
  const type = mediaType(headers['content-type']);
  const isPlain = /^[\w.+-]+\/[\w.+-]+$/.test(type);
  if (typeof body !== 'string') return '';
  return body === ''
    ? ' in an empty response'
    : ` in a response that is not JSON${isPlain ? ` (${type})` : ''}`;
}
