import { type OutputFormat, type ReasoningWish, type Sampling } from '../../../../conversation/prompt.js';
import { type JsonObject } from '../../../../protocol/json.js';
import {
  checkFlag,
  checkInteger,
  checkList,
  checkNumber,
  checkObject,
  checkText,
  invalid,
  isAbsent,
} from '../../../checks.js';

/*
 * What a request asks of its reply. Exported functions throw InvalidRequestError for an invalid
 * field.
 */

export function samplingOf(body: JsonObject): Sampling {
  const numbers = {
    maxTokens:
      checkInteger(body['max_completion_tokens'], 'max_completion_tokens', 1) ??
      checkInteger(body['max_tokens'], 'max_tokens', 1),
    temperature: checkNumber(body['temperature'], 'temperature'),
    topP: checkNumber(body['top_p'], 'top_p'),
    topK: checkNumber(body['top_k'], 'top_k'),
    frequencyPenalty: checkNumber(body['frequency_penalty'], 'frequency_penalty'),
    presencePenalty: checkNumber(body['presence_penalty'], 'presence_penalty'),
  };
  return {
    ...withoutAbsent(numbers),
    ...withoutAbsent({ stop: stopOf(body['stop']), seed: seedOf(body['seed']) }),
    choiceCount: checkInteger(body['n'], 'n', 1) ?? 1,
  };
}

function stopOf(stop: unknown): readonly string[] | undefined {
  if (isAbsent(stop)) return undefined;
  const texts =
    typeof stop === 'string'
      ? [stop]
      : checkList(stop, 'stop').map((text, index) => checkText(text, `stop[${index}]`));
  const said = texts.filter((text) => text !== '');
  return said.length === 0 ? undefined : said;
}

function seedOf(seed: unknown): number | bigint | undefined {
  return typeof seed === 'bigint' ? seed : checkNumber(seed, 'seed');
}

export function outputOf(format: unknown): OutputFormat {
  if (isAbsent(format)) return { kind: 'text' };
  const { type, json_schema: given } = checkObject(format, 'response_format');
  if (type === 'text') return { kind: 'text' };
  if (type === 'json_object') return { kind: 'json' };
  if (type !== 'json_schema')
    throw invalid(
      'response_format.type',
      "'response_format.type' must be 'text', 'json_object' or 'json_schema' for this model.",
    );
  const path = 'response_format.json_schema';
  const { name, description, schema, strict } = checkObject(given, path);
  return {
    kind: 'schema',
    ...withoutAbsent({
      name: isAbsent(name) ? undefined : checkText(name, `${path}.name`),
      description: isAbsent(description) ? undefined : checkText(description, `${path}.description`),
    }),
    schema: isAbsent(schema) ? {} : checkObject(schema, `${path}.schema`),
    ...withoutAbsent({ isStrict: checkFlag(strict, `${path}.strict`) }),
  };
}

/**
 * Reads `reasoning_effort`, OpenRouter's `reasoning`, and `thinking` as many services define it.
 */
export function reasoningOf(body: JsonObject): ReasoningWish | undefined {
  const { reasoning_effort: effort, reasoning, thinking } = body;
  if (!isAbsent(effort)) return wishOf(checkText(effort, 'reasoning_effort'));
  if (!isAbsent(reasoning)) {
    const { effort: word, max_tokens: budget, enabled, exclude } = checkObject(reasoning, 'reasoning');
    const isEnabled = checkFlag(enabled, 'reasoning.enabled');
    const wish = isAbsent(word) ? { isEnabled: true } : wishOf(checkText(word, 'reasoning.effort'));
    return {
      ...wish,
      ...(isEnabled === false && { isEnabled }),
      ...withoutAbsent({ budgetTokens: checkInteger(budget, 'reasoning.max_tokens', 1) }),
      ...(checkFlag(exclude, 'reasoning.exclude') === true && { isVisible: false }),
    };
  }
  if (isAbsent(thinking)) return undefined;
  const { type, budget_tokens: budget } = checkObject(thinking, 'thinking');
  if (type === 'disabled') return { isEnabled: false };
  return {
    isEnabled: true,
    ...withoutAbsent({ budgetTokens: checkInteger(budget, 'thinking.budget_tokens', 1) }),
  };
}

function wishOf(effort: string): ReasoningWish {
  return effort === 'none' ? { isEnabled: false } : { isEnabled: true, effort };
}

function withoutAbsent<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Fields]?: Exclude<Fields[Key], undefined>;
  };
}
