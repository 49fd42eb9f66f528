import { type ReplyEvent } from './reply.js';

/** Approximate overhead of a seal, tool call or citation beside its texts, in characters. */
const ENTRY_SIZE = 100;

/**
 * By how many characters an event lengthens the reply that readers and writers hold until its end.
 */
export function sizeOf(event: ReplyEvent): number {
  switch (event.kind) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return event.delta.length;
    case 'seal':
      return ENTRY_SIZE + (typeof event.seal.value === 'string' ? event.seal.value.length : 0);
    case 'tool-calls': {
      let size = 0;
      for (const { id, name, arguments: text } of event.pieces) {
        size += text.length + (name?.length ?? 0);
        if (id !== undefined) size += ENTRY_SIZE + id.length;
      }
      return size;
    }
    case 'citation': {
      const { url, title = '', quote = '' } = event.citation;
      return ENTRY_SIZE + url.length + title.length + quote.length;
    }
    default:
      return 0;
  }
}
