import { type ServerResponse } from 'node:http';
import { isJsonObject, parseJson } from '../../../src/protocol/json.js';
import { type UpstreamCall } from '../start-upstream.js';

export type Json = Readonly<Record<string, unknown>>;

/** A small server that speaks one wire format and refuses what the real one would refuse. */
export interface RecipeService {
  /** What the file's placeholders need. @param url of this service */
  env(url: string): Record<string, string>;
  /** Over `env`: a credential that the service does not know. */
  readonly wrong: Readonly<Record<string, string>>;
  readonly tokens?: Tokens;
  handle(call: UpstreamCall): unknown;
}

/** Said in the last message, they make a service fail. */
export const REFUSE = 'please refuse';
export const BREAK = 'please break off';

/** What services answer: which words reached them, and characters of every length. */
export function answerTo(words: readonly unknown[]): string {
  return `收到 ${words.length} 👩🏽‍💻 naïve: ${words.join(' | ')}。`;
}

export const PROMPT_TOKENS = 11;
export const COMPLETION_TOKENS = 22;

/** Tokens that are good until they are revoked. */
export class Tokens {
  issued = 0;
  #good: string | undefined;

  issue(): string {
    this.#good = `planted-token-number-${++this.issued}`;
    return this.#good;
  }

  revoke(): void {
    this.#good = undefined;
  }

  isGood(token: unknown): boolean {
    return token !== undefined && token === this.#good;
  }
}

/** The body of a call that says it is JSON and is an object; undefined for all else. */
export function jsonOf({ headers, body, req }: UpstreamCall): Json | undefined {
  if (req.method !== 'POST' || headers['content-type'] !== 'application/json') return undefined;
  const value = parseJson(body.toString());
  return isJsonObject(value) ? value : undefined;
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** A list of objects whose fields are as wanted. @returns the values of `field` */
export function wordsIn(
  list: unknown,
  field: string,
  roles: RegExp,
  roleField = 'role',
): string[] | undefined {
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const isGood = list.every(
    (item: unknown) =>
      isJsonObject(item) && typeof item[field] === 'string' && roles.test(String(item[roleField])),
  );
  return isGood ? list.map((item: Record<string, string>) => item[field]!) : undefined;
}

/** Parts of a text, none of them a whole sentence. */
export function piecesOf(text: string): string[] {
  const characters = Array.from(text);
  return Array.from({ length: Math.ceil(characters.length / 4) }, (_, index) =>
    characters.slice(index * 4, index * 4 + 4).join(''),
  );
}

/** Sends a body in reads of a few bytes, which end in the middle of characters and events. */
export async function trickle(res: ServerResponse, type: string, text: string): Promise<void> {
  res.writeHead(200, { 'content-type': type });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 61) {
    res.write(bytes.subarray(at, at + 61));
    await new Promise((resolve) => setImmediate(resolve));
  }
  res.end();
}

export const sse = (data: unknown, event?: string): string =>
  `${event === undefined ? '' : `event: ${event}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
