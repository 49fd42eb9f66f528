import {
  type OutputFormat,
  type Prompt,
  type ReasoningWish,
  type Sampling,
  type TextPart,
  type Turn,
} from '../../../conversation/prompt.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { partsOf } from './blocks.js';
import {
  checkInteger,
  checkList,
  checkNumber,
  checkObject,
  checkText,
  invalid,
  isAbsent,
  isEmpty,
} from '../../checks.js';
import { refuseStateful } from './stateful.js';
import { FORMAT, MESSAGE, WISHES, lostOfContent } from './shapes.js';
import { textPart } from './text-part.js';
import { readTools } from './tools.js';

/** Fields that are read here, in part or completely. */
const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'max_tokens',
  'stream',
  'system',
  'tools',
  'tool_choice',
  'stop_sequences',
  'temperature',
  'top_p',
  'top_k',
  'thinking',
  'output_config',
  'output_format',
  'metadata',
]);
/**
 * The start of Claude Code's system prompt. It differs by conversation, so it would prevent hits in
 * prompt caches.
 */
const ATTRIBUTION = /^\s*x-anthropic-billing-header:/i;

/**
 * Reads a request as a prompt that is independent of any format.
 * @param request `model` and the roles of `messages` were checked when the request arrived
 * @throws InvalidRequestError for an invalid field, or one that cannot be expressed in another
 * format
 */
export function promptOf(request: JsonObject): Prompt {
  refuseStateful(request);
  const dropped = new Set<string>();
  for (const name of Object.keys(request)) {
    if (!KNOWN.has(name) && !isEmpty(request[name])) dropped.add(name);
    WISHES[name]?.lost(request[name], name === 'system' ? '' : `${name}.`, dropped);
  }
  const turns = readTurns(request['messages']);
  lostOfMessages(request['messages'], dropped);
  const reasoning = readThinking(request, dropped);
  const user = readUser(request, dropped);
  return {
    system: readSystem(request['system']),
    turns,
    ...readTools(request, dropped),
    sampling: readSampling(request),
    output: readOutput(request, dropped),
    ...(reasoning !== undefined && { reasoning }),
    ...(user !== undefined && { user }),
    dropped: [...dropped],
  };
}

function readSystem(system: unknown): TextPart[] {
  if (isAbsent(system) || system === '') return [];
  if (typeof system === 'string') return ATTRIBUTION.test(system) ? [] : [{ kind: 'text', text: system }];
  const parts = checkList(system, 'system').map((block, index) =>
    textPart(checkObject(block, `system[${index}]`), `system[${index}]`),
  );
  return parts.filter(({ text }) => text !== '' && !ATTRIBUTION.test(text));
}

function readTurns(messages: unknown): Turn[] {
  const turns: Turn[] = [];
  for (const [index, each] of checkList(messages, 'messages').entries()) {
    const at = `messages[${index}]`;
    const message = checkObject(each, at);
    const role = checkText(message['role'], `${at}.role`);
    if (role !== 'user' && role !== 'assistant' && role !== 'system')
      throw invalid(`${at}.role`, `'${at}.role' must be 'user', 'assistant' or 'system'.`);
    // A system message may consist of settings alone, and the period for which they hold.
    const isSilent = role === 'system' && isAbsent(message['content']);
    if (isSilent || (role === 'system' && isOver(message, messages, index))) continue;
    const parts = partsOf(message['content'], role, `${at}.content`);
    if (parts.length > 0) turns.push({ role, parts });
  }
  if (turns.length === 0) throw invalid('messages', "'messages' must not all be empty.");
  return turns;
}

function lostOfMessages(messages: unknown, names: Set<string>): void {
  for (const message of messages as readonly JsonObject[]) {
    MESSAGE.lost(message, '', names);
    lostOfContent(message['content'], names);
  }
}

/** Whether a system message applied to one user turn only, and a later turn has come. */
function isOver({ clear_at: until }: JsonObject, messages: unknown, index: number): boolean {
  if (until !== 'next_user_message') return false;
  return (messages as readonly unknown[])
    .slice(index + 1)
    .some((later) => isJsonObject(later) && later['role'] === 'user');
}

/** The effort of the request, or that of the last system message that sets one. */
function effortIn(request: JsonObject): string | undefined {
  let [effort, path] = [readConfig(request)['effort'], 'output_config.effort'];
  for (const [index, message] of (request['messages'] as readonly unknown[]).entries()) {
    if (!isJsonObject(message) || message['role'] !== 'system' || isAbsent(message['output_config']))
      continue;
    const at = `messages[${index}].output_config`;
    const said = checkObject(message['output_config'], at)['effort'];
    if (!isAbsent(said)) [effort, path] = [said, `${at}.effort`];
  }
  return isAbsent(effort) ? undefined : checkText(effort, path);
}

function readSampling(request: JsonObject): Sampling {
  const maxTokens = checkInteger(request['max_tokens'], 'max_tokens', 0);
  if (maxTokens === 0)
    throw invalid(
      'max_tokens',
      "'max_tokens' must be 1 or more for this model: its service cannot fill a prompt cache without a reply.",
    );
  const temperature = checkNumber(request['temperature'], 'temperature');
  const topP = checkNumber(request['top_p'], 'top_p');
  const topK = checkInteger(request['top_k'], 'top_k', 0);
  const stop = isAbsent(request['stop_sequences'])
    ? []
    : checkList(request['stop_sequences'], 'stop_sequences').map((each, index) =>
        checkText(each, `stop_sequences[${index}]`),
      );
  return {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(stop.length > 0 && { stop }),
    choiceCount: 1,
  };
}

function readThinking(request: JsonObject, dropped: Set<string>): ReasoningWish | undefined {
  const effort = effortIn(request);
  const wish = { isEnabled: true, ...(effort !== undefined && { effort }) };
  const plain = effort === undefined ? undefined : wish;
  if (isAbsent(request['thinking'])) return plain;
  const thinking = checkObject(request['thinking'], 'thinking');
  const isVisible = isAbsent(thinking['display']) ? undefined : thinking['display'] !== 'omitted';
  switch (checkText(thinking['type'], 'thinking.type')) {
    case 'disabled':
      return { ...wish, isEnabled: false };
    case 'enabled': {
      const budgetTokens = checkInteger(thinking['budget_tokens'], 'thinking.budget_tokens', 1);
      return {
        ...wish,
        ...(budgetTokens !== undefined && { budgetTokens }),
        ...(isVisible !== undefined && { isVisible }),
      };
    }
    case 'adaptive':
    case 'between_tools':
      return { ...wish, ...(isVisible !== undefined && { isVisible }) };
    default:
      dropped.add('thinking');
      return plain;
  }
}

/** `output_format` is the former name of `output_config.format`. */
function readOutput(request: JsonObject, dropped: Set<string>): OutputFormat {
  const config = readConfig(request);
  for (const name of Object.keys(config))
    if (name !== 'effort' && name !== 'format') dropped.add(`output_config.${name}`);
  const path = isAbsent(config['format']) ? 'output_format' : 'output_config.format';
  const said = config['format'] ?? request['output_format'];
  if (isAbsent(said)) return { kind: 'text' };
  const format = checkObject(said, path);
  FORMAT.lost(format, `${path}.`, dropped);
  if (checkText(format['type'], `${path}.type`) !== 'json_schema')
    throw invalid(`${path}.type`, `'${path}.type' must be 'json_schema'.`);
  return { kind: 'schema', schema: checkObject(format['schema'], `${path}.schema`) };
}

function readConfig(request: JsonObject): JsonObject {
  return isAbsent(request['output_config']) ? {} : checkObject(request['output_config'], 'output_config');
}

function readUser({ metadata }: JsonObject, dropped: Set<string>): string | undefined {
  if (isAbsent(metadata)) return undefined;
  const { user_id: user, ...rest } = checkObject(metadata, 'metadata');
  if (Object.keys(rest).length > 0) dropped.add('metadata');
  return isAbsent(user) || user === '' ? undefined : checkText(user, 'metadata.user_id');
}
