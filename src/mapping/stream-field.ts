import { type Span, eachTopLevelField } from '../protocol/top-level-fields.js';

/** The bytes of an OpenAI request that asks for a stream, or for none; all other bytes as they are. */
export function withStream(body: Buffer, isStream: boolean): Buffer {
  const text = body.toString();
  let changed = '';
  let at = 0;
  let hasStream = false;
  const replace = ({ start, end }: Span, value: string): void => {
    changed += text.slice(at, start) + value;
    at = end;
  };
  eachTopLevelField(text, (key, span) => {
    if (key === 'stream') {
      hasStream = true;
      replace(span, String(isStream));
    } else if (key === 'stream_options' && !isStream) replace(span, 'null');
  });
  if (!hasStream && isStream) {
    const end = text.lastIndexOf('}');
    replace({ start: end, end }, ',"stream":true');
  }
  return Buffer.from(changed + text.slice(at));
}
