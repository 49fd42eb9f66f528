import { type Prompt } from '../../../conversation/prompt.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { checkFlag, checkList, checkText, invalid, isAbsent, isEmpty } from '../../checks.js';
import { FIELDS } from './fields.js';
import { FUNCTION, MESSAGE, RESULT, TOOL, WISHES } from './request/shapes.js';
import { toolsOf } from './request/tools-of.js';
import { conversationOf } from './request/turns-of.js';
import { outputOf, reasoningOf, samplingOf } from './request/wishes.js';

const KEPT: ReadonlySet<string> = new Set(
  FIELDS.filter(({ fate }) => fate !== 'dropped').map(({ field }) => field),
);

/**
 * A chat completion request as a prompt, for services of other formats. Wire format:
 * https://platform.openai.com/docs/api-reference/chat/create
 * @throws InvalidRequestError for a field of the wrong type, and for anything that no other format
 * can express
 */
export function promptOf(body: JsonObject): Prompt {
  refuseSpeech(body);
  const { system, turns, hasNames } = conversationOf(body['messages']);
  // An empty list of messages was refused when the request arrived.
  if (system.length === 0 && turns.length === 0 && !isEmpty(body['messages']))
    throw invalid('messages', "'messages' must not all be empty for this model.");
  const { tools, choice, lostChoice, hosted } = toolsOf(body);
  const isParallel = checkFlag(body['parallel_tool_calls'], 'parallel_tool_calls');
  const reasoning = reasoningOf(body);
  const user = textOf(body, 'safety_identifier') ?? textOf(body, 'user');
  return {
    system,
    turns,
    tools,
    ...(choice !== undefined && { toolChoice: choice }),
    ...(isParallel !== undefined && { parallelToolCalls: isParallel }),
    sampling: samplingOf(body),
    output: outputOf(body['response_format']),
    ...(reasoning !== undefined && { reasoning }),
    ...(user !== undefined && { user }),
    dropped: [
      ...lostFields(body),
      ...(hasNames ? ['messages.name'] : []),
      ...(lostChoice === undefined ? [] : [lostChoice]),
      ...hosted.map((type) => `tools.${type}`),
    ],
  };
}

/**
 * Fields that a prompt cannot hold: those of the request by name, those within messages as
 * `messages.NAME`.
 */
function lostFields(body: JsonObject): Iterable<string> {
  const names = new Set<string>();
  for (const field of Object.keys(body))
    if (!KEPT.has(field) && asksForSomething(body[field])) names.add(field);
  for (const message of checkList(body['messages'], 'messages')) {
    const isResult = isJsonObject(message) && message['role'] === 'tool';
    (isResult ? RESULT : MESSAGE).lost(message, 'messages.', names);
  }
  TOOL.lost(body['tools'], 'tools.', names);
  FUNCTION.lost(body['functions'], 'functions.', names);
  for (const [field, shape] of Object.entries(WISHES)) shape.lost(body[field], `${field}.`, names);
  const { user, safety_identifier: identifier } = body;
  if (!isEmpty(user) && !isEmpty(identifier) && identifier !== '' && user !== identifier) names.add('user');
  return names;
}

function refuseSpeech({ modalities, audio }: JsonObject): void {
  if (!isAbsent(audio)) throw invalid('audio', "This model cannot speak: 'audio' must not be given.");
  if (isAbsent(modalities)) return;
  for (const [index, kind] of checkList(modalities, 'modalities').entries()) {
    const path = `modalities[${index}]`;
    if (checkText(kind, path) !== 'text')
      throw invalid(path, 'This model replies in text: \'modalities\' must be ["text"].');
  }
}

/** Whether dropping a field changes anything: not if its value equals the default. */
function asksForSomething(value: unknown): boolean {
  if (isAbsent(value) || value === false || value === 'auto' || value === '') return false;
  return !isJsonObject(value) || Object.keys(value).length > 0;
}

/** @returns undefined for an empty text */
function textOf(body: JsonObject, field: string): string | undefined {
  const value = body[field];
  return isAbsent(value) || value === '' ? undefined : checkText(value, field);
}
