import { FieldNames, JsonScan } from '../../protocol/json-scan.js';
import { type Edit, splice } from '../../protocol/splice.js';

const NAMES = new FieldNames(['stream', 'stream_options']);
const [STREAM, STREAM_OPTIONS] = [0, 1];

/** The bytes of an OpenAI request that asks for a stream, or for none; all other bytes as they are. */
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
