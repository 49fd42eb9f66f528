import { type ConfigReport } from '../config-report.js';
import { schemeIn } from './credential-rules.js';
import { isMapping, valueKind } from './value-kind.js';

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110: visible characters, spaces and tabs; beyond ASCII only what fits in a byte. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** A credential becomes a part of a header; a space at its end is a slip of the hand. */
const CREDENTIAL = /^[!-~]([ -~]*[!-~])?$/;
/** Describe the connection or the length of the body, which are the gateway's business. */
const FRAMING = [
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Checks what a model sends along: `headers`, `query`, and the credentials that end up in a header. */
export function checkHeaders(fields: Readonly<Record<string, unknown>>, report: ConfigReport): void {
  const seen = new Set<string>();
  for (const [name, value] of entriesOf(fields['headers'])) {
    const key = `headers.${name}`;
    const lower = name.toLowerCase();
    if (!HEADER_NAME.test(name))
      report.problem(key, 'is not a legal header name, expected letters, digits and -');
    else if (FRAMING.includes(lower))
      report.problem(key, 'is set by the gateway itself, expected another header');
    else if (seen.has(lower)) report.problem(key, 'the same header is listed twice, expected it once');
    seen.add(lower);
    if (typeof value !== 'string') report.problem(key, wantsString(value));
    else if (!HEADER_VALUE.test(value)) {
      report.problem(
        key,
        'expected a header value (one line, no characters beyond Latin-1), got another string',
      );
    } else if (/^\s*(bearer|basic)\s+\1\s/i.test(value)) {
      report.problem(key, 'says its scheme twice, expected it once, such as "Bearer …"');
    }
  }
  for (const [name, value] of entriesOf(fields['query'])) {
    if (typeof value !== 'string') report.problem(`query.${name}`, wantsString(value));
  }
  for (const key of ['api_key', 'token']) {
    const value = fields[key];
    if (typeof value === 'string' && value !== '' && !CREDENTIAL.test(value)) {
      report.problem(
        key,
        'expected one line of visible ASCII characters, got a string with others (or a space at an end)',
      );
    } else if (typeof value === 'string' && schemeIn(value) !== undefined) {
      report.problem(
        key,
        `begins with "${schemeIn(value)} ", expected the credential alone: the gateway puts "Bearer " before it`,
      );
    }
  }
}

function entriesOf(map: unknown): [string, unknown][] {
  return isMapping(map) ? Object.entries(map) : [];
}

function wantsString(value: unknown): string {
  const isScalar = typeof value === 'number' || typeof value === 'boolean';
  return `expected a string, got ${valueKind(value)}${isScalar ? ' (put it in quotes)' : ''}`;
}
