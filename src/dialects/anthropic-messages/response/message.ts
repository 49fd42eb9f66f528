import { randomUUID } from 'node:crypto';
import { foldReply } from '../../../conversation/fold.js';
import { type ToolCallPart } from '../../../conversation/prompt.js';
import { type Citation, type ReplyEvent } from '../../../conversation/reply.js';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { type JsonObject } from '../../../protocol/json.js';
import { thinkingBlock } from '../thinking.js';
import { inputOf } from '../tool-input.js';
import { messageUsage } from '../usage.js';
import { citationBlock } from './citations.js';
import { stopFields } from './stop-reason.js';

/** A message without content; typed clients require all keys. */
export function messageHead(model: string, id: string | undefined): JsonObject {
  return {
    id: id?.startsWith('msg_') === true ? id : newId('msg'),
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: messageUsage(),
  };
}

/**
 * Generates an id like those of the service.
 * @param kind `msg`, `toolu`
 */
export function newId(kind: string): string {
  return `${kind}_${randomUUID().replaceAll('-', '')}`;
}

/** The start of a `tool_use` block; its input follows. */
export function toolUse(id: string, name: string): JsonObject {
  return {
    type: 'tool_use',
    id: id === '' ? newId('toolu') : id,
    name,
    input: {},
    caller: { type: 'direct' },
  };
}

/**
 * A complete reply as one message. Wire format:
 * https://platform.claude.com/docs/en/api/messages#response
 * @throws UpstreamError for a call without a name
 */
export function messageDocument(events: readonly ReplyEvent[]): JsonObject {
  const { model, id, parts, refusal, citations, finish, counts } = foldReply(events);
  const content = parts.map((part): JsonObject => {
    if (part.kind === 'text') return { type: 'text', text: part.text };
    return part.kind === 'reasoning' ? thinkingBlock(part) : callBlock(part);
  });
  if (citations.length > 0) cite(content, citations);
  if (refusal !== undefined && refusal !== '') content.push({ type: 'text', text: refusal });
  const hasCalls = parts.some(({ kind }) => kind === 'tool-call');
  return {
    ...messageHead(model, id),
    content,
    ...stopFields({ finish, hasCalls, hasRefused: refusal !== undefined }),
    usage: messageUsage(counts),
  };
}

/** Each citation goes to the block in which the cited passage ends. */
function cite(content: JsonObject[], citations: readonly Citation[]): void {
  let texts = content.filter(({ type }) => type === 'text');
  if (texts.length === 0) {
    texts = [{ type: 'text', text: '' }];
    content.push(...texts);
  }
  for (const citation of citations) {
    let length = 0;
    const cited =
      texts.find(({ text }) => (length += (text as string).length) >= citation.end) ?? texts.at(-1)!;
    const known = (cited['citations'] ?? []) as readonly JsonObject[];
    cited['citations'] = [...known, citationBlock(citation)];
  }
}

function callBlock(part: ToolCallPart): JsonObject {
  if (part.name === '') throw namelessCall();
  return { ...toolUse(part.id, part.name), input: inputOf(part) };
}

export function namelessCall(): UpstreamError {
  return new UpstreamError('upstream_invalid_response', 'The upstream calls a tool without a name.');
}
