import { parseExactJson } from '../../../protocol/json.js';

/** The body of a request. */
export type SentBody =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'form'; readonly fields: readonly (readonly [name: string, value: string])[] }
  | { readonly kind: 'text'; readonly text: string };

/** The request that a command makes. */
export interface CurlRequest {
  /** File and line, for messages. */
  readonly at: string;
  readonly method: string;
  readonly url: URL;
  /** Lower-case names; neither cookies nor Basic credentials. */
  readonly headers: ReadonlyMap<string, string>;
  readonly cookies: ReadonlyMap<string, string>;
  /** The credentials of HTTP Basic. */
  readonly user?: { readonly name: string; readonly password: string };
  readonly body?: SentBody;
  /** The body as sent. */
  readonly bodyText?: string;
  /** Whether the body is JSON although no header says so. */
  readonly isUntypedJson: boolean;
  /** Whether the service's certificate is not checked (`--insecure`). */
  readonly isInsecure: boolean;
}

const FORM = 'application/x-www-form-urlencoded';

/**
 * Parses the body of a request.
 * @param type the content type, if a header states it
 */
export function bodyOf(text: string, type: string | undefined): SentBody {
  const json = parseExactJson(text.trim());
  const isStructure = typeof json === 'object' && json !== null;
  if (type?.includes('json') === true || (type === undefined && isStructure)) {
    return json === undefined ? { kind: 'text', text } : { kind: 'json', value: json };
  }
  if (type === undefined || type.startsWith(FORM))
    return { kind: 'form', fields: [...new URLSearchParams(text)] };
  return isStructure ? { kind: 'json', value: json } : { kind: 'text', text };
}
