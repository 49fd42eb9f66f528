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

/** What the service takes at least; a lower limit is raised, and named as dropped. */
const LEAST_TOKENS = 16;
/** Efforts, each with the largest budget of reasoning tokens that it is used for. */
const EFFORTS = [
  { upTo: 4096, effort: 'low' },
  { upTo: 16_384, effort: 'medium' },
] as const;

/**
 * A prompt as a request for a response that nobody keeps.
 * Wire format: https://platform.openai.com/docs/api-reference/responses/create
 * @throws InvalidRequestError for what would change the meaning if it were left out
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
  // Only models that think know the field.
  const isThinking = reasoning !== undefined || hasOwnReasoning(turns);
  const items = itemsOf(turns);
  // The service wants input: instructions alone are what the conversation says.
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

/** The service takes names of data alone. */
function isNamedElsewhere({ name, source }: FilePart): boolean {
  return name !== undefined && source.kind !== 'data';
}

/** @returns undefined where thought is not wanted: not every model can go without, and the others know no field for it */
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

/** Functions are strict here unless they say otherwise, and nowhere else. */
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

/** Chat completions have the grammar in an object of its own. */
function flatFormat(format: unknown): unknown {
  if (!isJsonObject(format) || !isJsonObject(format['grammar'])) return format;
  return { type: 'grammar', ...format['grammar'] };
}

function choiceOf(choice: ToolChoice, custom: ReadonlySet<string>): string | JsonObject {
  if (choice.kind !== 'tool') return choice.kind;
  return { type: custom.has(choice.name) ? 'custom' : 'function', name: choice.name };
}
