import { createHash } from 'node:crypto';
import {
  type OutputFormat,
  type Prompt,
  type ReasoningWish,
  type Tool,
  type ToolChoice,
} from '../../../conversation/prompt.js';
import { type JsonObject, stringifyJson } from '../../../protocol/json.js';
import { hasCacheMarks } from '../../translating/cache-marks.js';
import { type RequestOptions } from '../../ports/upstream-dialect.js';
import { INPUT_SCHEMA } from '../../translating/custom-tools.js';
import { losesReasoning } from '../../fields/lost-parts.js';
import { isMedia, isOwnReasoning, messagesFrom } from './request/messages-from.js';

/** OpenAI's maximum number of stop sequences. */
const MAX_STOPS = 4;
/** OpenAI refuses longer user ids. */
const MAX_USER = 64;
/** The largest budget of thinking tokens for which each effort is requested. */
const EFFORTS: readonly (readonly [tokens: number, effort: string])[] = [
  [2048, 'low'],
  [8192, 'medium'],
];

export interface ChatBody {
  readonly body: JsonObject;
  /** Fields of the prompt that the format cannot express. */
  readonly dropped: readonly string[];
}

/**
 * A prompt as a request for a service in OpenAI's format. Most such services know only the common
 * fields. Wire format: https://platform.openai.com/docs/api-reference/chat/create
 * @throws InvalidRequestError for anything that the format cannot express and that must not be lost
 */
export function chatBody(
  prompt: Prompt,
  { model, isStream, asksForUsage = true, tokenLimitField }: RequestOptions,
): ChatBody {
  const { tools, toolChoice, parallelToolCalls, sampling, output, reasoning, user } = prompt;
  const stop = sampling.stop?.slice(0, MAX_STOPS);
  const fields: JsonObject = {
    model,
    messages: messagesFrom(prompt),
    ...(tools.length > 0 && {
      tools: tools.map(toolFrom),
      tool_choice: toolChoice && choiceFrom(toolChoice),
      parallel_tool_calls: parallelToolCalls,
    }),
    [tokenLimitField ?? 'max_tokens']: sampling.maxTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    stop: stop?.length === 0 ? undefined : stop,
    seed: sampling.seed,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
    n: sampling.choiceCount > 1 ? sampling.choiceCount : undefined,
    response_format: formatFrom(output),
    reasoning_effort: reasoning && effortOf(reasoning),
    user: user !== undefined && user.length > MAX_USER ? digestOf(user) : user,
    ...(isStream && { stream: true }),
    ...(isStream && asksForUsage && { stream_options: { include_usage: true } }),
  };
  const body = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return { body, dropped: droppedOf(prompt) };
}

function droppedOf(prompt: Prompt): string[] {
  const { sampling, reasoning, tools } = prompt;
  const dropped: string[] = [];
  if (sampling.topK !== undefined) dropped.push('top_k');
  if (sampling.stop !== undefined && sampling.stop.length > MAX_STOPS) dropped.push('stop');
  // No value turns reasoning off at every service, and none asks for it without a degree.
  if (reasoning !== undefined && effortOf(reasoning) === undefined) dropped.push('reasoning_effort');
  if (reasoning?.isVisible === false) dropped.push('reasoning_display');
  if (losesReasoning(prompt, isOwnReasoning)) dropped.push('reasoning');
  dropped.push(...shownByModel(prompt));
  if (hasCacheMarks(prompt)) dropped.push('cache_control');
  if (tools.some(({ isCustom, format }) => isCustom === true && isGrammar(format)))
    dropped.push('tools.format');
  return dropped;
}

/** Images and files of the model itself are dropped: an assistant message holds only text. */
function shownByModel({ turns }: Prompt): readonly string[] {
  return turns.flatMap(({ role, parts }) =>
    role === 'assistant' ? parts.filter(isMedia).map(({ kind }) => `messages.${kind}`) : [],
  );
}

/**
 * A custom tool becomes a function with one text parameter, because most services know only
 * functions.
 */
function toolFrom({ name, description, parameters, isCustom, format, isStrict }: Tool): JsonObject {
  const grammar =
    isCustom === true && isGrammar(format)
      ? `The input has this format: ${stringifyJson(format)}`
      : undefined;
  const words = [description, grammar].filter((text) => text !== undefined).join('\n\n');
  return {
    type: 'function',
    function: {
      name,
      ...(words !== '' && { description: words }),
      parameters: isCustom === true ? INPUT_SCHEMA : (parameters ?? { type: 'object', properties: {} }),
      ...(isStrict !== undefined && { strict: isStrict }),
    },
  };
}

function isGrammar(format: unknown): boolean {
  return typeof format === 'object' && format !== null && (format as JsonObject)['type'] !== 'text';
}

function choiceFrom(choice: ToolChoice): unknown {
  return choice.kind === 'tool' ? { type: 'function', function: { name: choice.name } } : choice.kind;
}

function formatFrom(output: OutputFormat): JsonObject | undefined {
  if (output.kind !== 'schema') return output.kind === 'json' ? { type: 'json_object' } : undefined;
  const { name, description, schema, isStrict } = output;
  return {
    type: 'json_schema',
    json_schema: {
      name: name ?? 'response',
      ...(description !== undefined && { description }),
      schema,
      ...(isStrict !== undefined && { strict: isStrict }),
    },
  };
}

function effortOf({ isEnabled, effort, budgetTokens }: ReasoningWish): string | undefined {
  if (!isEnabled) return undefined;
  // `max` is another format's name for the highest effort.
  if (effort !== undefined) return effort === 'max' ? 'xhigh' : effort;
  if (budgetTokens === undefined) return undefined;
  return EFFORTS.find(([tokens]) => budgetTokens <= tokens)?.[1] ?? 'high';
}

function digestOf(user: string): string {
  return createHash('sha256').update(user).digest('hex');
}
