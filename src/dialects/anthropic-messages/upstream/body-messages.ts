import { type Part, type Prompt, type TextPart, type ToolResultPart } from '../../../conversation/prompt.js';
import { type JsonObject } from '../../../protocol/json.js';
import { sealedBlock } from '../thinking.js';
import { inputOf } from '../tool-input.js';
import { fileBlock, imageBlock, refuseAudio } from './media-blocks.js';
import { callId } from './call-id.js';

interface Message {
  readonly role: 'user' | 'assistant';
  /** Tool results, which the service expects before all other content. */
  readonly results: JsonObject[];
  readonly others: JsonObject[];
}

const JSON_ONLY: TextPart = {
  kind: 'text',
  text: 'Respond with one JSON object only: no other words, and no Markdown around it.',
};

/**
 * The conversation. Consecutive messages of one role are merged and empty ones omitted, as the
 * service requires.
 * @throws InvalidRequestError for parts that the format cannot express
 */
export function messagesOf(
  prompt: Prompt,
  dropped: string[],
): { readonly system: JsonObject[]; readonly messages: JsonObject[] } {
  const instructions = prompt.output.kind === 'json' ? [...prompt.system, JSON_ONLY] : prompt.system;
  const system = instructions.flatMap(textBlocks);
  const messages: Message[] = [];
  for (const { role, parts } of prompt.turns) {
    const speaker = role === 'assistant' ? 'assistant' : 'user';
    let message = messages.at(-1);
    if (message?.role !== speaker) {
      message = { role: speaker, results: [], others: [] };
      messages.push(message);
    }
    for (const part of role === 'system' ? parts.map(asInstruction) : parts) add(part, message, dropped);
    if (message.results.length + message.others.length === 0) messages.pop();
  }
  // A conversation must begin with a user turn, so instructions without one become the user's
  // message.
  if (messages.length === 0) return { system: [], messages: [{ role: 'user', content: system }] };
  trimEnd(messages.at(-1)!);
  return {
    system,
    messages: messages.map(({ role, results, others }) => ({ role, content: [...results, ...others] })),
  };
}

function add(part: Part, message: Message, dropped: string[]): void {
  switch (part.kind) {
    case 'tool-result':
      message.results.push(resultBlock(part, dropped));
      return;
    case 'text':
      message.others.push(...textBlocks(part));
      return;
    case 'image':
      if (part.detail !== undefined && part.detail !== 'auto') dropped.push('detail');
      message.others.push(imageBlock(part));
      return;
    case 'file':
      message.others.push(fileBlock(part));
      return;
    case 'audio':
      return refuseAudio();
    case 'reasoning': {
      const block = sealedBlock(part);
      if (block !== undefined) message.others.push(block);
      return;
    }
    case 'tool-call':
      message.others.push({
        type: 'tool_use',
        id: callId(part.id),
        name: part.name,
        input: inputOf(part),
        ...cacheControl(part.cache),
      });
  }
}

function resultBlock({ id, parts, isError, cache }: ToolResultPart, dropped: string[]): JsonObject {
  const inner: Message = { role: 'user', results: [], others: [] };
  for (const part of parts) add(part, inner, dropped);
  return {
    type: 'tool_result',
    tool_use_id: callId(id),
    ...(inner.others.length > 0 && { content: inner.others }),
    ...(isError === true && { is_error: true }),
    ...cacheControl(cache),
  };
}

/** The service refuses texts that consist of white space. */
function textBlocks({ text, cache }: TextPart): JsonObject[] {
  return text.trim() === '' ? [] : [{ type: 'text', text, ...cacheControl(cache) }];
}

/** Not every model accepts instructions within a conversation. */
function asInstruction(part: Part): Part {
  return part.kind === 'text' ? { ...part, text: `<system>\n${part.text}\n</system>` } : part;
}

/** The text that the model is to continue must not end in white space. */
function trimEnd({ role, others }: Message): void {
  const last = others.at(-1);
  if (role === 'assistant' && typeof last?.['text'] === 'string')
    others[others.length - 1] = { ...last, text: last['text'].trimEnd() };
}

function cacheControl(cache: TextPart['cache']): JsonObject {
  return cache === undefined ? {} : { cache_control: cache };
}
