import { type JsonObject, isObject, readLimit, readStop } from '../chat/chat-request.js';
import { DONE_EVENT } from '../chat/chat-stream.js';
import { type Reply, composeReply } from '../chat/completion.js';
import { OPENAI_FAILURES } from '../formats/format.js';
import { type IntendedAnswer, JSON_TYPE, enlargedPieces } from '../response/intended-answer.js';
import { estimateTokens } from '../chat/text-pieces.js';
import { type SandboxOperation, invalid, nextId, readCount, readJson } from './operation.js';

/** OpenAI's default for a request without a limit. */
const USUAL_MAX_TOKENS = 16;

interface Completions {
  readonly head: JsonObject;
  /** The text of each choice, in tokens; there are `n` per prompt. */
  readonly choices: readonly { readonly pieces: readonly string[]; readonly reason: Reply['finishReason'] }[];
  readonly usage: JsonObject;
  readonly isStream: boolean;
  readonly includeUsage: boolean;
}

/** Wire format: https://platform.openai.com/docs/api-reference/completions */
export const COMPLETIONS: SandboxOperation = {
  target: 'completions',
  reply: (request) => {
    const { fields, model } = readJson(request);
    const prompts = readPrompts(fields.prompt);
    const each = readCount(fields.n, 'n', 1, 128);
    const limit = readLimit(fields, 'max_tokens');
    const choices = prompts.flatMap(({ text }) => {
      const reply = composeReply({
        model,
        messages: [{ role: 'user', text, imageCount: 0 }],
        stream: false,
        includeUsage: false,
        maxTokens: Number.isFinite(limit) ? limit : USUAL_MAX_TOKENS,
        choiceCount: 1,
        stop: readStop(fields.stop),
        tools: [],
        toolChoice: undefined,
        parallelToolCalls: true,
        responseFormat: undefined,
      });
      const pieces = fields.echo === true ? [text, ...reply.pieces] : reply.pieces;
      return Array.from({ length: each }, () => ({
        pieces,
        reason: reply.finishReason,
        tokens: reply.usage.completion_tokens,
      }));
    });
    const promptTokens = prompts.reduce((sum, { tokens }) => sum + tokens, 0);
    const tokens = choices.reduce((sum, choice) => sum + choice.tokens, 0);
    const isStream = fields.stream === true;
    const intended = intendedCompletions(
      {
        head: {
          id: nextId('cmpl'),
          object: 'text_completion',
          created: Math.floor(Date.now() / 1000),
          model,
        },
        choices,
        usage: {
          prompt_tokens: promptTokens,
          completion_tokens: tokens,
          total_tokens: promptTokens + tokens,
        },
        isStream,
        includeUsage: isObject(fields.stream_options) && fields.stream_options.include_usage === true,
      },
      request.chunkDelayMs,
    );
    return { model, intended };
  },
};

function intendedCompletions(completions: Completions, chunkDelayMs: number): IntendedAnswer {
  const { head, choices, usage, isStream } = completions;
  return {
    isStream,
    chunkDelayMs,
    contentType: JSON_TYPE,
    failures: OPENAI_FAILURES,
    body: () =>
      JSON.stringify({
        ...head,
        choices: choices.map(({ pieces, reason }, index) => choiceOf(index, pieces.join(''), reason)),
        usage,
      }),
    events: () => eventsOf(completions),
    enlarged: (bytes, chunkBytes) => {
      const large = choices.map(({ pieces }) => ({
        pieces: enlargedPieces(pieces, bytes, chunkBytes),
        reason: 'stop' as const,
      }));
      return intendedCompletions({ ...completions, choices: large }, 0);
    },
  };
}

function* eventsOf({ head, choices, usage, includeUsage }: Completions): Generator<string, void> {
  const chunk = (fields: JsonObject): string =>
    `data: ${JSON.stringify({ ...head, ...fields, ...(includeUsage && fields.usage === undefined && { usage: null }) })}\n\n`;
  for (const [index, { pieces, reason }] of choices.entries()) {
    for (const piece of pieces) yield chunk({ choices: [choiceOf(index, piece, null)] });
    yield chunk({ choices: [choiceOf(index, '', reason)] });
  }
  if (includeUsage) yield chunk({ choices: [], usage });
  yield DONE_EVENT;
}

function choiceOf(index: number, text: string, reason: Reply['finishReason'] | null): JsonObject {
  return { index, text, logprobs: null, finish_reason: reason };
}

interface Prompt {
  readonly text: string;
  readonly tokens: number;
}

/** Reads one prompt or several, each as text or as tokens; an absent prompt is an empty text. */
function readPrompts(prompt: unknown): readonly Prompt[] {
  if (prompt === undefined || prompt === null) return [{ text: '', tokens: 0 }];
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== 'number' ? (prompt as unknown[]) : [prompt];
  if (prompts.length === 0) throw invalid('prompt', 'at least one prompt');
  return prompts.map((each) => {
    if (typeof each === 'string') return { text: each, tokens: estimateTokens(each) };
    if (!Array.isArray(each) || !each.every(Number.isInteger)) throw invalid('prompt', 'texts or tokens');
    return { text: each.join(' '), tokens: each.length };
  });
}
