import { FieldNames } from '../../../protocol/scanning/field-names.js';
import { JsonScan } from '../../../protocol/scanning/json-scan.js';
import { type Edit, splice } from '../../../protocol/scanning/splice.js';

const NAMES = new FieldNames(['stream', 'stream_options']);
const [STREAM, STREAM_OPTIONS] = [0, 1];

/** Sets `stream` in the bytes of an OpenAI request; all other bytes are unchanged. */
export function withStream(body: Buffer, isStream: boolean): Buffer {
  const scan = JsonScan.of(body, NAMES);
  const edits: Edit[] = [];
  if (scan.has(STREAM)) edits.push({ ...scan.span(STREAM), text: String(isStream) });
  else if (isStream) {
    const end = body.lastIndexOf('}');
    edits.push({ start: end, end, text: ',"stream":true' });
  }
  if (!isStream && scan.has(STREAM_OPTIONS)) edits.push({ ...scan.span(STREAM_OPTIONS), text: 'null' });
  return splice(body, edits);
}
