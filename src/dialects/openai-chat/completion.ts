import { randomUUID } from 'node:crypto';
import { readFinishReason } from './finish-reason.js';
import { type JsonObject } from '../../protocol/json.js';
import { ToolCalls } from './gathering/tool-calls.js';

/** What one choice says; undefined where it says nothing. */
export interface CompletionParts {
  readonly id?: string;
  readonly text?: string;
  readonly reasoning?: string;
  readonly toolCalls?: readonly JsonObject[];
  readonly finishReason?: string;
}

/** What every form of one answer shares. */
export interface AnswerHead {
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  /** The name that the caller used. */
  readonly model: string;
}

export function answerHead(model: string, id?: string): AnswerHead {
  return { id: id ?? `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model };
}

export function finishReasonOf(given: string | undefined, hasToolCalls: boolean): string {
  return readFinishReason(given) ?? (hasToolCalls ? 'tool_calls' : 'stop');
}

/** Without the positions, which the list itself tells. @throws UpstreamError for a call without a name */
function listOf(calls: readonly JsonObject[]): JsonObject[] {
  const list = new ToolCalls();
  list.add(calls);
  return list.build();
}

/** The chat completion that the parts of an answer spell. */
export function completionOf(parts: CompletionParts, model: string, usage: unknown): JsonObject {
  const { text, reasoning, toolCalls, finishReason } = parts;
  const { id, ...head } = answerHead(model, parts.id);
  const message = {
    role: 'assistant',
    content: text ?? null,
    ...(reasoning !== undefined && { reasoning_content: reasoning }),
    ...(toolCalls !== undefined && { tool_calls: listOf(toolCalls) }),
  };
  const finish_reason = finishReasonOf(finishReason, toolCalls !== undefined);
  return {
    id,
    object: 'chat.completion',
    ...head,
    choices: [{ index: 0, message, logprobs: null, finish_reason }],
    ...(usage !== undefined && { usage }),
  };
}
