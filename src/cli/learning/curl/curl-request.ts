import { parseExactJson } from '../../../protocol/json.js';

/** What a request sends besides its head. */
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
  /** Of HTTP Basic. */
  readonly user?: { readonly name: string; readonly password: string };
  readonly body?: SentBody;
  /** The body as it is sent. */
  readonly bodyText?: string;
  /** Whether its body is JSON and no header says so. */
  readonly isUntypedJson: boolean;
  /** Whether the certificate of the service is not checked (`--insecure`). */
  readonly isInsecure: boolean;
}

const FORM = 'application/x-www-form-urlencoded';

/** @param type of its content, if a header names one */
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
