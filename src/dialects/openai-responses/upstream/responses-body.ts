import {
  type FilePart,
  type OutputFormat,
  type Prompt,
  type ReasoningWish,
  type Tool,
  type ToolChoice,
} from '../../../conversation/prompt.js';
import { InvalidRequestError } from '../../../errors/caller-errors.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { hasCacheMarks } from '../../translating/cache-marks.js';
import { type RequestOptions } from '../../ports/upstream-dialect.js';
import { hasFile, losesReasoning } from '../../fields/lost-parts.js';
import { hasOwnReasoning, isOwnReasoning, itemsOf } from './body-items.js';

/** The service's minimum; a lower limit is raised and reported as dropped. */
const LEAST_TOKENS = 16;
/** Efforts, each with the largest reasoning budget for which it is used. */
const EFFORTS = [
  { upTo: 4096, effort: 'low' },
  { upTo: 16_384, effort: 'medium' },
] as const;

/**
 * A prompt as a request for a response that is not stored. Wire format:
 * https://platform.openai.com/docs/api-reference/responses/create
 * @throws InvalidRequestError for anything whose loss would change the meaning
 */
export function responsesBody(
  prompt: Prompt,
  { model, isStream }: RequestOptions,
): { readonly body: JsonObject; readonly dropped: readonly string[] } {
  const { system, turns, tools, toolChoice, parallelToolCalls, sampling, output, user } = prompt;
  if (sampling.choiceCount > 1)
    throw new InvalidRequestError(
      'invalid_value',
      "This model gives one reply to a request: 'n' must be 1.",
      'n',
    );
  const reasoning = reasoningOf(prompt.reasoning);
  const { maxTokens, temperature, topP } = sampling;
  const format = formatOf(output);
  const custom = new Set(tools.filter(({ isCustom }) => isCustom === true).map(({ name }) => name));
  // Only reasoning models know the field.
  const isThinking = reasoning !== undefined || hasOwnReasoning(turns);
  const items = itemsOf(turns);
  // The service requires input, so instructions alone become the conversation.
  const isSpoken = items.length > 0;
  const body = {
    model,
    ...(isSpoken && system.length > 0 && { instructions: system.map(({ text }) => text).join('\n\n') }),
    input: isSpoken ? items : itemsOf([{ role: 'user', parts: system }]),
    ...(isStream && { stream: true }),
    store: false,
    ...(isThinking && { include: ['reasoning.encrypted_content'] }),
    ...(tools.length > 0 && { tools: tools.map(toolOf) }),
    ...(tools.length > 0 && toolChoice !== undefined && { tool_choice: choiceOf(toolChoice, custom) }),
    ...(tools.length > 0 && parallelToolCalls !== undefined && { parallel_tool_calls: parallelToolCalls }),
    ...(maxTokens !== undefined && { max_output_tokens: Math.max(maxTokens, LEAST_TOKENS) }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(format !== undefined && { text: { format } }),
    ...(reasoning !== undefined && { reasoning }),
    ...(user !== undefined && { user }),
  };
  return { body, dropped: droppedOf(prompt, reasoning) };
}

function droppedOf(prompt: Prompt, reasoning: JsonObject | undefined): string[] {
  const { sampling, reasoning: wish } = prompt;
  const { maxTokens, topK, stop, seed, frequencyPenalty, presencePenalty } = sampling;
  const lost = {
    max_tokens: maxTokens !== undefined && maxTokens < LEAST_TOKENS ? maxTokens : undefined,
    top_k: topK,
    stop: stop !== undefined && stop.length > 0 ? stop : undefined,
    seed,
    frequency_penalty: frequencyPenalty,
    presence_penalty: presencePenalty,
    reasoning_effort: reasoning === undefined ? wish : undefined,
    reasoning: losesReasoning(prompt, isOwnReasoning) ? true : undefined,
    filename: hasFile(prompt, isNamedElsewhere) ? true : undefined,
    cache_control: hasCacheMarks(prompt) ? true : undefined,
  };
  return Object.entries(lost)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
}

/** The service accepts a name only with data. */
function isNamedElsewhere({ name, source }: FilePart): boolean {
  return name !== undefined && source.kind !== 'data';
}

/**
 * @returns undefined if no reasoning is wanted: not every model can do without it, and the others
 * do not know the field
 */
function reasoningOf(wish: ReasoningWish | undefined): JsonObject | undefined {
  if (wish === undefined) return undefined;
  const { isEnabled, budgetTokens, isVisible } = wish;
  if (!isEnabled) return wish.effort === 'none' ? { effort: 'none' } : undefined;
  const effort = wish.effort ?? (budgetTokens === undefined ? undefined : effortOf(budgetTokens));
  const reasoning = {
    ...(effort !== undefined && { effort }),
    ...(isVisible === true && { summary: 'auto' }),
  };
  return Object.keys(reasoning).length > 0 ? reasoning : undefined;
}

function effortOf(budgetTokens: number): string {
  return EFFORTS.find(({ upTo }) => budgetTokens <= upTo)?.effort ?? 'high';
}

function formatOf(output: OutputFormat): JsonObject | undefined {
  if (output.kind !== 'schema') return output.kind === 'json' ? { type: 'json_object' } : undefined;
  const { name = 'response', description, schema, isStrict } = output;
  return {
    type: 'json_schema',
    name,
    ...(description !== undefined && { description }),
    schema,
    ...(isStrict !== undefined && { strict: isStrict }),
  };
}

/** In this format only, functions are strict by default. */
function toolOf({ name, description, parameters, isCustom, format, isStrict }: Tool): JsonObject {
  const head = { name, ...(description !== undefined && { description }) };
  if (isCustom === true)
    return { type: 'custom', ...head, ...(format !== undefined && { format: flatFormat(format) }) };
  return {
    type: 'function',
    ...head,
    parameters: parameters ?? { type: 'object', properties: {} },
    strict: isStrict ?? false,
  };
}

/** Chat completions wrap the grammar in an object. */
function flatFormat(format: unknown): unknown {
  if (!isJsonObject(format) || !isJsonObject(format['grammar'])) return format;
  return { type: 'grammar', ...format['grammar'] };
}

function choiceOf(choice: ToolChoice, custom: ReadonlySet<string>): string | JsonObject {
  if (choice.kind !== 'tool') return choice.kind;
  return { type: custom.has(choice.name) ? 'custom' : 'function', name: choice.name };
}
