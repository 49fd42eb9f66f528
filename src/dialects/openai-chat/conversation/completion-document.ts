import { type Reply, foldReply } from '../../../conversation/fold.js';
import { type ReasoningPart, type ToolCallPart } from '../../../conversation/prompt.js';
import { type ReplyEvent } from '../../../conversation/reply.js';
import { type JsonObject } from '../../../protocol/json.js';
import { answerHead } from '../writing/completion.js';
import { annotationOf } from '../writing/annotation.js';
import { callFieldsOf, detailOf } from './reasoning-details.js';

/**
 * A reply as a chat completion for a client.
 * Wire format: https://platform.openai.com/docs/api-reference/chat/object
 * @param events `start` first, `end` last
 */
export function completionDocument(events: Iterable<ReplyEvent>): JsonObject {
  const reply = foldReply(events);
  const { id, created, model } = answerHead(reply.model, reply.id);
  const message = messageOf(reply);
  const finish_reason = reply.finish?.reason ?? ('tool_calls' in message ? 'tool_calls' : 'stop');
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason }],
    ...(reply.counts !== undefined && { usage: reply.counts }),
  };
}

function messageOf({ parts, refusal, citations }: Reply): JsonObject {
  const calls = parts.filter((part) => part.kind === 'tool-call');
  const thoughts = parts.filter((part): part is ReasoningPart => part.kind === 'reasoning');
  const texts = parts.filter((part) => part.kind === 'text').map(({ text }) => text);
  const reasoning = thoughts.map(({ text }) => text).join('');
  const details = thoughts.map(detailOf).filter((detail) => detail !== undefined);
  // A reply without text, call or refusal still has a text, because clients read its length.
  const isSilent = calls.length === 0 && refusal === undefined;
  return {
    role: 'assistant',
    content: texts.length > 0 || isSilent ? texts.join('') : null,
    refusal: refusal ?? null,
    ...(citations.length > 0 && { annotations: citations.map(annotationOf) }),
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(details.length > 0 && { reasoning_details: details }),
    ...(calls.length > 0 && { tool_calls: calls.map(callOf) }),
  };
}

function callOf({ id, name, arguments: text, isCustom, seal }: ToolCallPart): JsonObject {
  const said =
    isCustom === true
      ? { type: 'custom', custom: { name, input: text } }
      : { type: 'function', function: { name, arguments: text } };
  return { id, ...said, ...callFieldsOf(seal) };
}
