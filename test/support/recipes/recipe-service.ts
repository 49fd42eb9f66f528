import { type ServerResponse } from 'node:http';
import { isJsonObject, parseJson } from '../../../src/protocol/json.js';
import { type UpstreamCall } from '../start-upstream.js';

export type Json = Readonly<Record<string, unknown>>;

/** A small server with one wire format, which refuses what the real one would refuse. */
export interface RecipeService {
  /** Values for the file's placeholders. @param url of this service */
  env(url: string): Record<string, string>;
  /** Overrides `env`: a credential that the service does not know. */
  readonly wrong: Readonly<Record<string, string>>;
  readonly tokens?: Tokens;
  handle(call: UpstreamCall): unknown;
}

/** In the last message, this text makes a service fail. */
export const REFUSE = 'please refuse';
export const BREAK = 'please break off';

/** What services reply: the words that reached them, and characters of every length. */
export function answerTo(words: readonly unknown[]): string {
  return `收到 ${words.length} 👩🏽‍💻 naïve: ${words.join(' | ')}。`;
}

export const PROMPT_TOKENS = 11;
export const COMPLETION_TOKENS = 22;

/** Tokens that are valid until they are revoked. */
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

/** The body of a call that is marked as JSON and is an object; otherwise undefined. */
export function jsonOf({ headers, body, req }: UpstreamCall): Json | undefined {
  if (req.method !== 'POST' || headers['content-type'] !== 'application/json') return undefined;
  const value = parseJson(body.toString());
  return isJsonObject(value) ? value : undefined;
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Checks a list of objects. @returns the values of `field` */
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

/** Sends a body in packets of a few bytes, which end in the middle of characters and events. */
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
