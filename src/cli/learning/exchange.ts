import { type CurlRequest } from './curl/curl-request.js';
import { type RecordedAnswer } from './curl/recorded-answer.js';

/** A command and its recorded responses, which may be of several kinds. */
export interface Exchange {
  readonly request: CurlRequest;
  /** Undefined if none was recorded. */
  readonly answer: RecordedAnswer | undefined;
  /** Recorded failures, by their kind: `error`, `expired`, `running`, `failed`. */
  readonly others: Readonly<Record<string, RecordedAnswer>>;
}

/** Headers that browsers and curl add by themselves, or that the gateway sets. */
const OF_THE_BROWSER =
  /^(?:accept|accept-(?:language|encoding|charset)|user-agent|origin|referer|connection|keep-alive|dnt|pragma|cache-control|priority|content-(?:length|type)|host|te|upgrade-insecure-requests|if-(?:none-match|modified-since)|sec-.*|save-data|expect|transfer-encoding|alt-used|x-client-data|x-stainless-.*)$/;

/** The headers of a request that mean something to the service. */
export function ownHeaders(request: CurlRequest): [string, string][] {
  return [...request.headers].filter(([name]) => !OF_THE_BROWSER.test(name));
}

/** Whether a cookie is for statistics or preferences, which no login needs. */
export function isIdleCookie(name: string): boolean {
  return /^(?:_ga|_gid|_gat|_gcl|_fbp|_hj|_uet|_clck|_clsk|hm_|__utm|ajs_|mp_|intercom|optimizely|amplitude|sensorsdata|lang|locale|language|theme|timezone|tz|i18n|sidebar|next-i18n|nuxt|_pk_|cookie.?consent|csrf_?probe)/i.test(
    name,
  );
}

/** The body of a request as a document. */
export function documentOf({ body }: CurlRequest): unknown {
  if (body === undefined) return undefined;
  if (body.kind === 'json') return body.value;
  return body.kind === 'form' ? Object.fromEntries(body.fields) : body.text;
}
