import { type ConfigReport } from '../../rules/config-report.js';
import { FRAMING_HEADERS, HEADER_NAME, HEADER_VALUE } from '../../../protocol/header-rules.js';
import { schemeIn } from '../auth/credential-rules.js';
import { entriesOf, valueKind } from '../yaml/value-kind.js';

/** A credential becomes part of a header; a space at either end is a typing error. */
const CREDENTIAL = /^[!-~]([ -~]*[!-~])?$/;

/** Checks what a model adds to each call: `headers`, `query`, and credentials sent in a header. */
export function checkHeaders(fields: Readonly<Record<string, unknown>>, report: ConfigReport): void {
  const seen = new Set<string>();
  for (const [name, value] of entriesOf(fields['headers'])) {
    const key = `headers.${name}`;
    const lower = name.toLowerCase();
    if (!HEADER_NAME.test(name))
      report.problem(key, 'is not a legal header name, expected letters, digits and -');
    else if (FRAMING_HEADERS.has(lower))
      report.problem(key, 'is set by the gateway, expected another header');
    else if (seen.has(lower)) report.problem(key, 'the same header is listed twice, expected it once');
    seen.add(lower);
    if (typeof value !== 'string') report.problem(key, wantsString(value));
    else if (!HEADER_VALUE.test(value)) {
      report.problem(key, 'expected a header value (one line of Latin-1 characters), got a different string');
    } else if (/^\s*(bearer|basic)\s+\1\s/i.test(value)) {
      report.problem(key, 'repeats its scheme, expected it once, such as "Bearer …"');
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
        `begins with "${schemeIn(value)} ", expected the credential alone: the gateway adds "Bearer " itself`,
      );
    }
  }
}

function wantsString(value: unknown): string {
  const isScalar = typeof value === 'number' || typeof value === 'boolean';
  return `expected a string, got ${valueKind(value)}${isScalar ? ' (put it in quotes)' : ''}`;
}
