import { type OutputFormat, type Prompt, type Tool } from '../../../conversation/prompt.js';
import { InvalidRequestError } from '../../../errors/caller-errors.js';
import { type JsonObject, stringifyJson } from '../../../protocol/json.js';
import { type DialectRequest, type TokenLimit, type WireFormat } from '../../ports/wire-format.js';
import { type RequestOptions, type WrittenRequest } from '../../ports/upstream-dialect.js';
import { labelledSchema } from '../../fields/labelled-schema.js';
import { losesReasoning } from '../../fields/lost-parts.js';
import { sealedBlock } from '../thinking.js';
import { FREE_TEXT } from '../tool-input.js';
import { messagesOf } from './body-messages.js';
import { samplingFields } from './sampling-fields.js';
import { thinkingFields } from './thinking-fields.js';

/**
 * The format requires a limit. This one is for models without a configured limit; every model
 * allows it.
 */
const DEFAULT_MAX_TOKENS = 4096;

/**
 * Writes a prompt as a request for a message. Wire format:
 * https://platform.claude.com/docs/en/api/messages
 * @throws InvalidRequestError for anything that the format cannot express and that must not be lost
 */
export function messagesRequest(
  dialect: WireFormat,
  prompt: Prompt,
  { model, isStream }: RequestOptions,
): WrittenRequest {
  if (prompt.sampling.choiceCount > 1)
    throw new InvalidRequestError(
      'invalid_value',
      "'n' must be 1: the model's service gives one choice only.",
      'n',
    );
  const dropped: string[] = [];
  const { system, messages } = messagesOf(prompt, dropped);
  if (losesReasoning(prompt, (part) => sealedBlock(part) !== undefined)) dropped.push('reasoning');
  const thinking = thinkingFields(prompt, model, dropped);
  const body: JsonObject = {
    model,
    messages,
    ...(system.length > 0 && { system }),
    ...(isStream && { stream: true }),
    ...toolFields(prompt, thinking.budget > 0, dropped),
    ...samplingFields(prompt.sampling, model, thinking.isOn, dropped),
    ...thinking.fields,
    ...outputConfig(prompt.output, thinking.effort),
    ...(prompt.user !== undefined && { metadata: { user_id: prompt.user } }),
  };
  const request = new WrittenMessages(dialect, isStream, body, prompt.sampling.maxTokens, thinking.budget);
  return { request, dropped: [...new Set(dropped)] };
}

class WrittenMessages implements DialectRequest {
  owner = '';

  /** @param budget thinking tokens, which the limit of new tokens must include */
  constructor(
    readonly dialect: WireFormat,
    readonly isStream: boolean,
    private readonly body: JsonObject,
    private readonly maxTokens: number | undefined,
    private readonly budget: number,
  ) {}

  bodyFor(upstreamModel: string, tokenLimit?: TokenLimit): Buffer {
    const limit = this.maxTokens ?? tokenLimit?.value ?? DEFAULT_MAX_TOKENS;
    const max_tokens = limit > this.budget ? limit : limit + this.budget;
    return Buffer.from(stringifyJson({ ...this.body, model: upstreamModel, max_tokens }));
  }
}

function outputConfig(output: OutputFormat, effort: string | undefined): JsonObject {
  const format =
    output.kind === 'schema' ? { type: 'json_schema', schema: labelledSchema(output) } : undefined;
  if (format === undefined && effort === undefined) return {};
  return {
    output_config: { ...(effort !== undefined && { effort }), ...(format !== undefined && { format }) },
  };
}

function toolFields(
  { tools, toolChoice, parallelToolCalls }: Prompt,
  hasBudget: boolean,
  dropped: string[],
): JsonObject {
  if (tools.length === 0) return {};
  const choice = choiceOf(toolChoice, hasBudget, dropped);
  const isSingle = parallelToolCalls === false && choice?.['type'] !== 'none';
  const tool_choice = isSingle
    ? { ...(choice ?? { type: 'auto' }), disable_parallel_tool_use: true }
    : choice;
  return { tools: tools.map(toolOf), ...(tool_choice !== undefined && { tool_choice }) };
}

/** A model with a thinking budget cannot be forced to call a tool. */
function choiceOf(
  choice: Prompt['toolChoice'],
  hasBudget: boolean,
  dropped: string[],
): JsonObject | undefined {
  if (choice === undefined) return undefined;
  if (choice.kind === 'auto' || choice.kind === 'none') return { type: choice.kind };
  if (hasBudget) {
    dropped.push('tool_choice');
    return { type: 'auto' };
  }
  return choice.kind === 'tool' ? { type: 'tool', name: choice.name } : { type: 'any' };
}

function toolOf({ name, description, parameters, isCustom, format, isStrict, cache }: Tool): JsonObject {
  if (isCustom === true) {
    const grammar =
      format === undefined ? [] : [`The input must be of this format: ${stringifyJson(format)}`];
    return {
      name,
      description: [description ?? '', ...grammar].filter((text) => text !== '').join('\n\n'),
      input_schema: {
        type: 'object',
        properties: { [FREE_TEXT]: { type: 'string', description: 'The whole input of the tool.' } },
        required: [FREE_TEXT],
      },
      ...(cache !== undefined && { cache_control: cache }),
    };
  }
  return {
    name,
    ...(description !== undefined && { description }),
    input_schema: { properties: {}, ...parameters, type: 'object' },
    ...(isStrict === true && { strict: true }),
    ...(cache !== undefined && { cache_control: cache }),
  };
}
