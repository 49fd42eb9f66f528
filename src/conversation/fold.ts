import { type ReasoningPart, type TextPart, type ToolCallPart } from './prompt.js';
import { type Citation, type ReplyEvent } from './reply.js';

/** A complete reply, assembled from its events. */
export interface Reply {
  readonly model: string;
  readonly id: string | undefined;
  /**
   * In the order of their first events. Adjacent texts are merged, as is adjacent reasoning up to
   * its seal. Only a reasoning part that consists of a seal alone has an empty text.
   */
  readonly parts: readonly (TextPart | ReasoningPart | ToolCallPart)[];
  /** The text of a refusal. */
  readonly refusal: string | undefined;
  readonly citations: readonly Citation[];
  /** Undefined if no event reported it. */
  readonly finish: Extract<ReplyEvent, { readonly kind: 'finish' }> | undefined;
  readonly counts: Readonly<Record<string, unknown>> | undefined;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * Assembles a reply from its events.
 * @param events `start` first, `end` last
 */
export function foldReply(events: Iterable<ReplyEvent>): Reply {
  const reply: Writable<Reply> = {
    model: '',
    id: undefined,
    parts: [],
    refusal: undefined,
    citations: [],
    finish: undefined,
    counts: undefined,
  };
  const parts: Writable<TextPart | ReasoningPart | ToolCallPart>[] = [];
  const calls: Writable<ToolCallPart>[] = [];
  const citations: Citation[] = [];
  for (const event of events) {
    switch (event.kind) {
      case 'start':
        ({ model: reply.model, id: reply.id } = event);
        break;
      case 'text':
      case 'reasoning': {
        const last = parts.at(-1);
        const isOpen = last?.kind === event.kind && !(last.kind === 'reasoning' && last.seal !== undefined);
        if (isOpen) last.text += event.delta;
        else if (event.delta !== '') parts.push({ kind: event.kind, text: event.delta });
        break;
      }
      case 'refusal':
        reply.refusal = (reply.refusal ?? '') + event.delta;
        break;
      case 'seal': {
        const last = parts.at(-1);
        if (last?.kind === 'reasoning' && last.seal === undefined) last.seal = event.seal;
        else parts.push({ kind: 'reasoning', text: '', seal: event.seal });
        break;
      }
      case 'tool-calls':
        for (const { index, id, type, name, arguments: text, seal } of event.pieces) {
          let call = calls[index];
          if (call === undefined) {
            call = { kind: 'tool-call', id: id ?? '', name: '', arguments: '' };
            calls[index] = call;
            parts.push(call);
          }
          if (name !== undefined) call.name = name;
          if (type === 'custom') call.isCustom = true;
          if (seal !== undefined) call.seal = seal;
          call.arguments += text;
        }
        break;
      case 'citation':
        citations.push(event.citation);
        break;
      case 'finish':
        reply.finish = event;
        break;
      case 'usage':
        reply.counts = event.counts;
        break;
      case 'end':
        break;
    }
  }
  reply.parts = parts;
  reply.citations = citations;
  return reply;
}
