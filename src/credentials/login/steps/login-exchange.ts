import { type IncomingHttpHeaders } from 'node:http';
import { parseExactJson } from '../../../protocol/json.js';
import { mediaType } from '../../../upstream/response/response-headers.js';

/** One step's call, ready to be sent. */
export interface LoginRequest {
  readonly method: string;
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** A step's answer as expressions see it, and as it came. */
export interface LoginReply {
  readonly status: number;
  /** Lower-case names; cookies are apart. */
  readonly headers: Readonly<Record<string, string>>;
  /** Every cookie that the login has been given so far. */
  readonly cookies: Readonly<Record<string, string>>;
  /** JSON where it is JSON, with long integers as texts; else text. */
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

/** What an expression over an answer sees. */
export function viewOf({ status, headers, cookies, body }: LoginReply): Record<string, unknown> {
  return { status, headers, cookies, body };
}

/** For messages: the kind of document, where that is not what an expression hopes for. */
export function kindOf({ headers, body }: LoginReply): string {
  const type = mediaType(headers['content-type']);
  const isPlain = /^[\w.+-]+\/[\w.+-]+$/.test(type);
  if (typeof body !== 'string') return '';
  return body === '' ? ' in an empty answer' : ` in an answer that is not JSON${isPlain ? ` (${type})` : ''}`;
}
