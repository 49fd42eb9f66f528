import { type Prompt } from '../../../conversation/prompt.js';
import { PreviousResponseNotFoundError } from '../../../errors/caller-errors.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { FIELDS } from '../fields.js';
import {
  checkFlag,
  checkInteger,
  checkNumber,
  checkText,
  invalid,
  isAbsent,
  wrongType,
} from '../../checks.js';
import { declaredTools } from './declared-tools.js';
import { InputItems } from './input-items.js';
import { TOOLS, lostOfItem } from './shapes.js';
import { choiceOf, outputFormatOf, reasoningOf } from './settings.js';
import { turnsOf } from './turns.js';

const FATES = new Map(FIELDS.map(({ field, fate }) => [field, fate]));
/** Fields that are not carried because nothing is lost without them. */
const SAYS_NOTHING: Readonly<Record<string, (value: unknown) => boolean>> = {
  truncation: (value) => value === 'disabled',
  service_tier: (value) => value === 'auto' || value === 'default',
  top_logprobs: (value) => value === 0,
};
/** The fields of objects that are read completely. */
const KNOWN = {
  text: new Set(['format']),
  reasoning: new Set(['effort', 'summary', 'generate_summary']),
} as const;
/** Default values of their other fields. */
const USUAL: Readonly<Record<string, string>> = { mode: 'standard', context: 'auto' };
/** Other formats can ask for a summary, but not for its length. */
const PLAIN_SUMMARY: ReadonlySet<unknown> = new Set([undefined, null, 'auto', 'none']);
/** A value of `include`; all other values concern tools of the service. */
const REASONING = 'reasoning.encrypted_content';

/**
 * Reads a request as a prompt. Wire format:
 * https://platform.openai.com/docs/api-reference/responses/create
 * @param body an object whose `input` is a text, a list or absent
 * @throws InvalidRequestError
 */
export function promptOf(body: JsonObject): Prompt {
  refuseState(body);
  const settings = withUpdates(body);
  const declared = declaredTools(body);
  const items = new InputItems(declared.names);
  items.read(body['input']);
  const { system, turns } = turnsOf(items.entries);
  if (turns.length === 0) throw invalid('input', "'input' must hold at least one message.");
  const choice = choiceOf(body['tool_choice'], declared.tools, declared.names);
  const hasTools = choice.tools.length > 0;
  const reasoning = reasoningOf(settings['reasoning']);
  const isParallel = checkFlag(body['parallel_tool_calls'], 'parallel_tool_calls');
  const instructions = isAbsent(body['instructions']) ? '' : checkText(body['instructions'], 'instructions');
  const user = userOf(body);
  const maxTokens = checkInteger(body['max_output_tokens'], 'max_output_tokens', 1);
  const temperature = checkNumber(body['temperature'], 'temperature');
  const topP = checkNumber(body['top_p'], 'top_p');
  return {
    system: [...(instructions === '' ? [] : [{ kind: 'text' as const, text: instructions }]), ...system],
    turns,
    tools: choice.tools,
    ...(hasTools && choice.toolChoice !== undefined && { toolChoice: choice.toolChoice }),
    ...(hasTools && isParallel !== undefined && { parallelToolCalls: isParallel }),
    sampling: {
      choiceCount: 1,
      ...(maxTokens !== undefined && { maxTokens }),
      ...(temperature !== undefined && { temperature }),
      ...(topP !== undefined && { topP }),
    },
    output: outputFormatOf(settings['text']),
    ...(reasoning !== undefined && { reasoning }),
    ...(user !== undefined && { user }),
    dropped: [
      ...droppedFields(body),
      ...lostWithin(body),
      ...(choice.isDropped === true ? ['tool_choice'] : []),
      ...declared.dropped,
      ...items.dropped,
    ],
  };
}

/**
 * Refuses references to stored state: the gateway stores nothing, and other formats have no such
 * references.
 */
function refuseState(body: JsonObject): void {
  const { previous_response_id: previous, conversation, background, prompt, moderation } = body;
  if (!isAbsent(previous)) throw new PreviousResponseNotFoundError();
  if (!isAbsent(conversation))
    throw invalid(
      'conversation',
      'No conversations are kept here. Send the whole conversation as input, without conversation.',
    );
  if (checkFlag(background, 'background') === true)
    throw invalid(
      'background',
      'Responses are not made in the background here, since none is kept. Send the request without background, perhaps as a stream.',
    );
  if (!isAbsent(prompt))
    throw invalid('prompt', 'No prompt templates are kept here. Send their text as instructions and input.');
  if (isJsonObject(moderation) && isBlocking(moderation['policy']))
    throw invalid('moderation', 'This model has no moderation that blocks input or output.');
  if (isAbsent(body['input'])) throw wrongType(undefined, 'input', 'a string or an array of items');
}

function isBlocking(policy: unknown): boolean {
  if (!isJsonObject(policy)) return false;
  return [policy['input'], policy['output']].some((side) => isJsonObject(side) && side['mode'] === 'block');
}

/** Input items may change the settings of later turns; those of the last turn apply. */
function withUpdates({ input, reasoning, text }: JsonObject): JsonObject {
  const settings: JsonObject = { reasoning, text };
  if (!Array.isArray(input)) return settings;
  for (const item of input as readonly unknown[]) {
    if (!isJsonObject(item) || item['type'] !== 'configuration_update') continue;
    for (const name of ['reasoning', 'text']) {
      const [before, update] = [settings[name], item[name]];
      if (isJsonObject(update)) settings[name] = { ...(isJsonObject(before) && before), ...update };
    }
  }
  return settings;
}

/** The paths of an object's fields that no prompt can hold. */
function lostIn(value: unknown, name: 'text' | 'reasoning'): string[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value)
    .filter(([field, said]) => !KNOWN[name].has(field) && !isAbsent(said) && said !== USUAL[field])
    .map(([field]) => `${name}.${field}`);
}

/**
 * The fields of input items and tools that no prompt can hold, as `input.NAME` and `tools.NAME`.
 */
function lostWithin({ input, tools }: JsonObject): Iterable<string> {
  const names = new Set<string>();
  TOOLS.lost(tools, 'tools.', names);
  if (!Array.isArray(input)) return names;
  for (const item of input as readonly unknown[]) {
    if (!isJsonObject(item)) continue;
    lostOfItem(item, names);
    if (item['type'] === 'additional_tools' || item['type'] === 'tool_search_output')
      TOOLS.lost(item['tools'], 'tools.', names);
  }
  return names;
}

function userOf({ user, safety_identifier: identifier }: JsonObject): string | undefined {
  if (!isAbsent(user)) return checkText(user, 'user');
  return isAbsent(identifier) ? undefined : checkText(identifier, 'safety_identifier');
}

function droppedFields(body: JsonObject): readonly string[] {
  const names = Object.entries(body)
    .filter(([field, value]) => !isAbsent(value) && (FATES.get(field) ?? 'dropped') === 'dropped')
    .filter(([field, value]) => SAYS_NOTHING[field]?.(value) !== true)
    .map(([field]) => field);
  const { text, include, user, safety_identifier: identifier } = body;
  names.push(...lostIn(text, 'text'), ...lostIn(body['reasoning'], 'reasoning'));
  const { summary, generate_summary: former }: JsonObject = isJsonObject(body['reasoning'])
    ? body['reasoning']
    : {};
  if (!PLAIN_SUMMARY.has(summary ?? former)) names.push('reasoning.summary');
  if (Array.isArray(include) && include.some((each) => each !== REASONING)) names.push('include');
  if (!isAbsent(user) && !isAbsent(identifier) && user !== identifier) names.push('safety_identifier');
  return names;
}
