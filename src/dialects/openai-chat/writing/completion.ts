import { randomUUID } from 'node:crypto';
import { readFinishReason } from '../finish-reason.js';
import { type JsonObject } from '../../../protocol/json.js';
import { ToolCalls } from '../gathering/tool-calls.js';

/** The content of one choice; undefined for parts that it lacks. */
export interface CompletionParts {
  readonly id?: string;
  readonly text?: string;
  readonly reasoning?: string;
  readonly toolCalls?: readonly JsonObject[];
  readonly finishReason?: string;
}

/** The fields that all forms of one reply share. */
export interface AnswerHead {
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  /** The model name in the client's request. */
  readonly model: string;
}

export function answerHead(model: string, id?: string): AnswerHead {
  return { id: id ?? `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model };
}

export function finishReasonOf(given: string | undefined, hasToolCalls: boolean): string {
  return readFinishReason(given) ?? (hasToolCalls ? 'tool_calls' : 'stop');
}

/** Removes the indexes, which the list implies. @throws UpstreamError for a call without a name */
function listOf(calls: readonly JsonObject[]): JsonObject[] {
  const list = new ToolCalls();
  list.add(calls);
  return list.build();
}

/** Builds the chat completion from the parts of a reply. */
export function completionOf(parts: CompletionParts, model: string, usage: unknown): JsonObject {
  const { text, reasoning, toolCalls, finishReason } = parts;
  const { id, created } = answerHead(model, parts.id);
  const message: JsonObject = { role: 'assistant', content: text ?? null };
  if (reasoning !== undefined) message['reasoning_content'] = reasoning;
  if (toolCalls !== undefined) message['tool_calls'] = listOf(toolCalls);
  const finish_reason = finishReasonOf(finishReason, toolCalls !== undefined);
  const choices = [{ index: 0, message, logprobs: null, finish_reason }];
  const completion: JsonObject = { id, object: 'chat.completion', created, model, choices };
  if (usage !== undefined) completion['usage'] = usage;
  return completion;
}
