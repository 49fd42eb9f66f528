import { type ChatRequest } from './chat-request.js';
import { replyTextFor } from './reply-text.js';
import { estimateTokens, splitPieces } from './text-pieces.js';
import { type SandboxToolCall, toolCallsFor } from './tool-calls.js';

/** Tokens that the chat format itself adds to each message. */
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_IMAGE = 85;

export const SYSTEM_FINGERPRINT = 'fp_sandbox';

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

/** A reply, before it is written as a JSON response or as a stream. */
export interface Reply {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  /** Number of choices, all with the same text. */
  readonly choiceCount: number;
  /** The text in tokens; empty when tools are called. */
  readonly pieces: readonly string[];
  readonly toolCalls: readonly SandboxToolCall[];
  readonly finishReason: 'stop' | 'length' | 'tool_calls';
  readonly usage: Usage;
}

let repliesSoFar = 0;

/** Composes a reply; the same request always gets the same text. */
export function composeReply(request: ChatRequest): Reply {
  const toolCalls = toolCallsFor(request);
  let pieces: string[] = [];
  let finishReason: Reply['finishReason'] = 'tool_calls';
  let tokens = 0;
  if (toolCalls.length === 0) {
    pieces = splitPieces(beforeStop(replyTextFor(request), request.stop));
    finishReason = pieces.length > request.maxTokens ? 'length' : 'stop';
    if (finishReason === 'length') pieces.length = request.maxTokens;
    tokens = pieces.length;
  } else {
    for (const call of toolCalls) tokens += estimateTokens(call.name) + estimateTokens(call.arguments);
  }
  return {
    id: nextId(),
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    choiceCount: request.choiceCount,
    pieces,
    toolCalls,
    finishReason,
    usage: usageOf(promptTokens(request), tokens * request.choiceCount),
  };
}

/** Writes a reply as the JSON of one `chat.completion`. */
export function completionJson(reply: Reply): string {
  const content = reply.toolCalls.length === 0 ? reply.pieces.join('') : null;
  const toolCalls = reply.toolCalls.map((call, index) => ({
    id: toolCallId(reply, index),
    type: 'function',
    function: call,
  }));
  const message = {
    role: 'assistant',
    content,
    refusal: null,
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
  };
  const choices = [];
  for (let index = 0; index < reply.choiceCount; index += 1) {
    choices.push({ index, message, logprobs: null, finish_reason: reply.finishReason });
  }
  return JSON.stringify({
    id: reply.id,
    object: 'chat.completion',
    created: reply.created,
    model: reply.model,
    choices,
    usage: reply.usage,
    system_fingerprint: SYSTEM_FINGERPRINT,
  });
}

export function toolCallId(reply: Reply, index: number): string {
  return `call_${reply.id.slice('chatcmpl-'.length)}-${index}`;
}

function nextId(): string {
  repliesSoFar += 1;
  return `chatcmpl-sandbox-${repliesSoFar.toString(36)}`;
}

function promptTokens(request: ChatRequest): number {
  let tokens = 0;
  for (const message of request.messages) {
    tokens += TOKENS_PER_MESSAGE + estimateTokens(message.text) + message.imageCount * TOKENS_PER_IMAGE;
  }
  return tokens;
}

function usageOf(prompt: number, completion: number): Usage {
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

function beforeStop(text: string, stop: readonly string[]): string {
  let end = text.length;
  for (const word of stop) {
    const at = text.indexOf(word);
    if (at !== -1 && at < end) end = at;
  }
  return end === text.length ? text : text.slice(0, end);
}
