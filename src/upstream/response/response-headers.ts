import { type IncomingHttpHeaders } from 'node:http';
import { TextDecoder } from 'node:util';

/** If such a header occurs twice, the first one counts, as in Node's own client. */
const SAID_ONCE: ReadonlySet<string> = new Set([
  'retry-after',
  'retry-after-ms',
  'content-length',
  'location',
  'date',
]);
const MEDIA_TYPE = /^\s*[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(?:;|$)/;
/** Commas outside quoted strings. */
const BETWEEN_VALUES = /,(?=(?:[^"]*"[^"]*")*[^"]*$)/;
const CHARSET = /;\s*charset\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s;"']+))/i;
export const JSON_TYPE = 'application/json';

/**
 * Response headers with one value per name, because a service and a proxy in front of it may each
 * add the same header. Lists are joined; of several content types, the last valid one counts, as in
 * browsers (https://fetch.spec.whatwg.org/#concept-header-extract-mime-type).
 */
export function plainHeaders(received: IncomingHttpHeaders): IncomingHttpHeaders {
  let plain = received;
  for (const name in received) {
    const value: string | readonly string[] | undefined = received[name];
    if (name === 'set-cookie' || (typeof value === 'string' && name !== 'content-type')) continue;
    const text = name === 'content-type' ? contentTypeOf(value) : joined(name, value);
    if (text === value) continue;
    if (plain === received) plain = { ...received };
    plain[name] = text;
  }
  return plain;
}

/** The media type without parameters, in lower case; empty if there is none. */
export function mediaType(contentType: string | undefined): string {
  return contentType?.split(';', 1)[0]!.trim().toLowerCase() ?? '';
}

/** Whether this `content-type` is JSON. */
export function isJson(contentType: string | undefined): boolean {
  // The value of nearly all requests and responses.
  if (contentType === JSON_TYPE) return true;
  const type = mediaType(contentType);
  return type === JSON_TYPE || type.endsWith('+json');
}

/** The `content-type` for JSON that goes to the client as UTF-8: the upstream's own if it names that charset. */
export function jsonTypeOf({ 'content-type': contentType = '' }: IncomingHttpHeaders): string {
  return contentType !== JSON_TYPE && isJson(contentType) && saysUtf8(contentType) ? contentType : JSON_TYPE;
}

/** Whether this `content-type` names a single document: some services label their JSON as HTML. */
export function isDocument(contentType: string | undefined): boolean {
  return isJson(contentType) || isHtml(contentType);
}

export function isHtml(contentType: string | undefined): boolean {
  return mediaType(contentType) === 'text/html';
}

/**
 * The decoder for the text of a response; undefined for UTF-8, without a charset, and for unknown
 * charsets.
 */
export function charsetOf(contentType: string | undefined): TextDecoder | undefined {
  if (contentType === undefined || contentType === JSON_TYPE) return undefined;
  const match = CHARSET.exec(contentType);
  if (match === null) return undefined;
  const decoder = decoderFor((match[1] ?? match[2] ?? match[3])!.trim());
  return decoder?.encoding === 'utf-8' ? undefined : decoder;
}

/** Whether a `content-type` names UTF-8 as its charset, or no charset. */
function saysUtf8(contentType: string): boolean {
  if (contentType === JSON_TYPE) return true;
  const match = CHARSET.exec(contentType);
  return match === null
    ? !/charset/i.test(contentType)
    : /^utf-?8$/i.test((match[1] ?? match[2] ?? match[3])!);
}

/** The `content-type` of a text that was converted to UTF-8. */
export function asUtf8(contentType: string): string {
  return contentType.replace(CHARSET, '; charset=utf-8');
}

function contentTypeOf(value: string | readonly string[] | undefined): string | undefined {
  if (typeof value === 'string' && !value.includes(',')) return value;
  const values = [value ?? []].flat().flatMap((text) => text.split(BETWEEN_VALUES));
  const valid = values
    .map((text) => text.trim())
    .filter((text) => MEDIA_TYPE.test(text) && !text.startsWith('*/*'));
  const last = valid.at(-1);
  if (last === undefined || CHARSET.test(last)) return last ?? values[0]?.trim();
  return valid.findLast((text) => mediaType(text) === mediaType(last) && CHARSET.test(text)) ?? last;
}

function joined(name: string, value: string | readonly string[] | undefined): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  return SAID_ONCE.has(name) ? value[0] : value.join(', ');
}

function decoderFor(name: string): TextDecoder | undefined {
  try {
    return new TextDecoder(name);
  } catch {
    return undefined;
  }
}
