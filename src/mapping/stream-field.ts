import { type Span, eachTopLevelField } from '../protocol/top-level-fields.js';

/** The bytes of an OpenAI request that asks for a stream, or for none; all other bytes as they are. */
export function withStream(body: Buffer, isStream: boolean): Buffer {
  const edits: { span: Span; value: string }[] = [];
  let hasStream = false;
  eachTopLevelField(body, (key, span) => {
    if (key === 'stream') {
      hasStream = true;
      edits.push({ span, value: String(isStream) });
    } else if (key === 'stream_options' && !isStream) edits.push({ span, value: 'null' });
  });
  const pieces: Buffer[] = [];
  let at = 0;
  for (const { span, value } of edits) {
    pieces.push(body.subarray(at, span.start), Buffer.from(value));
    at = span.end;
  }
  if (hasStream || !isStream) pieces.push(body.subarray(at));
  else {
    const end = body.lastIndexOf('}');
    pieces.push(body.subarray(at, end), Buffer.from(',"stream":true'), body.subarray(end));
  }
  return Buffer.concat(pieces);
}
