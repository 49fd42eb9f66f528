import { parseJson } from '../../../protocol/json.js';
import { type StreamFormat } from './response-mapping.config.js';

const TYPES = { sse: 'text/event-stream', ndjson: 'application/x-ndjson', text: 'text/plain' } as const;
const EVENTS = /^\s*(data|event|id|retry)?:/;

/**
 * The media type with which a recorded body would have arrived.
 * @param format of the requested stream; undefined: a document was requested
 */
export function recordedType(body: Buffer, format: StreamFormat | undefined): string {
  const text = body.toString();
  if (EVENTS.test(text)) return TYPES.sse;
  if (format === undefined) return 'application/json';
  // A document instead of a stream is an error.
  return format === 'sse' && parseJson(text) !== undefined ? 'application/json' : TYPES[format];
}
