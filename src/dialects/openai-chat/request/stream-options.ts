import { FieldNames } from '../../../protocol/scanning/field-names.js';
import { JsonScan } from '../../../protocol/scanning/json-scan.js';
import { type Edit, type Span, splice } from '../../../protocol/scanning/splice.js';
import { LOWER_N, LOWER_T, OPEN_BRACE } from '../../json-body.js';

const INCLUDE_USAGE = new FieldNames(['include_usage']);
const ASKED = '"stream_options":{"include_usage":true}';
const STREAM_OPTIONS = new FieldNames(['stream_options']);

/**
 * Whether `stream_options.include_usage` asks for a final chunk with the token counts.
 * @param field index of the options
 */
export function asksForUsage(scan: JsonScan, field: number): boolean {
  if (scan.firstByte(field) !== OPEN_BRACE) return false;
  return JsonScan.of(scan.bytes(field), INCLUDE_USAGE).firstByte(0) === LOWER_T;
}

/**
 * The edit that makes a request ask for usage.
 * @param field index of the options
 * @param after index of the field after which the options may be added
 * @returns undefined if the options have a type that the service has to judge
 */
export function usageEdit(scan: JsonScan, field: number, after: number): Edit | undefined {
  const first = scan.firstByte(field);
  if (first === undefined) return { start: after, end: after, text: `,${ASKED}` };
  if (first === LOWER_N) return { start: scan.keyStart(field), end: scan.end(field), text: ASKED };
  if (first !== OPEN_BRACE) return undefined;
  const options = JsonScan.of(scan.bytes(field), INCLUDE_USAGE);
  const start = scan.start(field);
  if (options.has(0)) return { ...moved(options.span(0), start), text: 'true' };
  // The object itself counts as a value, too.
  const comma = options.values > 1 ? ',' : '';
  return { start: start + 1, end: start + 1, text: `"include_usage":true${comma}` };
}

/**
 * The request with usage requested; all other bytes are unchanged.
 * @param body a JSON object with fields
 */
export function withUsage(body: Buffer): Buffer {
  const scan = JsonScan.of(body, STREAM_OPTIONS);
  const edit = usageEdit(scan, 0, body.lastIndexOf('}'));
  return edit === undefined ? body : splice(body, [edit]);
}

function moved({ start, end }: Span, by: number): Span {
  return { start: start + by, end: end + by };
}
