import {
  type Part,
  type ReasoningPart,
  type Seal,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
  type Turn,
} from '../../../../conversation/prompt.js';
import { type JsonObject, isJsonObject, stringifyJson } from '../../../../protocol/json.js';
import { checkList, checkObject, checkText, invalid, isAbsent } from '../../../checks.js';
import { sealOfCall, sealOfDetail, textOfDetail } from '../reasoning-details.js';
import { partsOf, resultPartsOf, textsOf } from './parts-of.js';

export interface Conversation {
  readonly system: readonly TextPart[];
  readonly turns: readonly Turn[];
  /** Whether messages have names, which distinguish participants of one role. */
  readonly hasNames: boolean;
}

/**
 * The messages of a request as instructions and turns.
 * @throws InvalidRequestError
 */
export function conversationOf(given: unknown): Conversation {
  const system: TextPart[] = [];
  const turns: Turn[] = [];
  const results = new ResultIds();
  let hasNames = false;
  let wasResult = false;
  for (const [index, value] of checkList(given, 'messages').entries()) {
    const path = `messages[${index}]`;
    const message = checkObject(value, path);
    const role = checkText(message['role'], `${path}.role`);
    hasNames ||= role !== 'function' && role !== 'tool' && !isAbsent(message['name']);
    const isResult = role === 'tool' || role === 'function';
    if (role === 'system' || role === 'developer') {
      const parts = textsOf(message['content'], `${path}.content`);
      if (turns.length === 0) system.push(...parts);
      else add(turns, { role: 'system', parts });
    } else if (role === 'user') add(turns, { role, parts: partsOf(message['content'], `${path}.content`) });
    else if (role === 'assistant') add(turns, { role, parts: assistantParts(message, path, results) });
    else if (isResult) {
      const part = resultOf(message, path, results);
      const before = wasResult ? turns.pop()! : { parts: [] };
      add(turns, { role: 'user', parts: [...before.parts, part] });
    } else
      throw invalid(
        `${path}.role`,
        `'${path}.role' must be 'system', 'developer', 'user', 'assistant' or 'tool'.`,
      );
    wasResult = isResult;
  }
  return { system, turns, hasNames };
}

/** A message without content is omitted, because other formats refuse it. */
function add(turns: Turn[], turn: Turn): void {
  if (turn.parts.length > 0) turns.push(turn);
}

/**
 * Creates ids for deprecated function calls, which have none: their results name the function
 * instead.
 */
class ResultIds {
  readonly #latest = new Map<string, string>();
  #count = 0;

  idOf(name: string): string {
    const id = `call_function_${this.#count++}`;
    this.#latest.set(name, id);
    return id;
  }

  latest(name: string, path: string): string {
    const id = this.#latest.get(name);
    if (id !== undefined) return id;
    throw invalid(`${path}.name`, `'${path}.name' names no function that was called before.`);
  }
}

function resultOf(message: JsonObject, path: string, ids: ResultIds): ToolResultPart {
  const id =
    message['role'] === 'function'
      ? ids.latest(checkText(message['name'], `${path}.name`), path)
      : checkText(message['tool_call_id'], `${path}.tool_call_id`);
  const cache = isJsonObject(message['cache_control']) ? { cache: message['cache_control'] } : {};
  return { kind: 'tool-result', id, parts: resultPartsOf(message['content'], `${path}.content`), ...cache };
}

/** Reasoning first, then text, then calls: the order in which models produce them. */
function assistantParts(message: JsonObject, path: string, ids: ResultIds): Part[] {
  const { content, refusal, audio, tool_calls: calls, function_call: call } = message;
  if (!isAbsent(audio))
    throw invalid(
      `${path}.audio`,
      `'${path}.audio' is kept by the service that spoke it, which this model is not.`,
    );
  const parts: Part[] = [...reasoningOf(message), ...textsOf(content, `${path}.content`)];
  if (!isAbsent(refusal) && refusal !== '')
    parts.push({ kind: 'text', text: checkText(refusal, `${path}.refusal`) });
  if (!isAbsent(calls)) {
    for (const [index, entry] of checkList(calls, `${path}.tool_calls`).entries())
      parts.push(callOf(entry, `${path}.tool_calls[${index}]`));
  }
  if (!isAbsent(call)) {
    const { name: given, arguments: text } = checkObject(call, `${path}.function_call`);
    const name = checkText(given, `${path}.function_call.name`);
    parts.push({ kind: 'tool-call', id: ids.idOf(name), name, arguments: argumentsOf(text) });
  }
  return parts;
}

function callOf(entry: unknown, path: string): ToolCallPart {
  const call = checkObject(entry, path);
  const id = checkText(call['id'], `${path}.id`);
  const seal = sealOfCall(call);
  const sealed = seal === undefined ? {} : { seal };
  const isCustom = call['type'] === 'custom' || (isAbsent(call['type']) && isJsonObject(call['custom']));
  const kind = isCustom ? 'custom' : 'function';
  const body = checkObject(call[kind], `${path}.${kind}`);
  const name = checkText(body['name'], `${path}.${kind}.name`);
  if (!isCustom) return { kind: 'tool-call', id, name, arguments: argumentsOf(body['arguments']), ...sealed };
  const input = checkText(body['input'], `${path}.custom.input`);
  return { kind: 'tool-call', id, name, arguments: input, isCustom, ...sealed };
}

/** The arguments of a call as JSON text; some clients send them as an object. */
function argumentsOf(given: unknown): string {
  if (isAbsent(given)) return '';
  return typeof given === 'string' ? given : stringifyJson(given);
}

/**
 * The reasoning of a message that the client got from the gateway or a service: its signatures,
 * each with its text; without signatures, the unencrypted text.
 */
function reasoningOf(message: JsonObject): ReasoningPart[] {
  const { reasoning_content: content, reasoning, reasoning_details: details } = message;
  const open = [content, reasoning].find((text) => typeof text === 'string' && text !== '') as
    string | undefined;
  const parts = Array.isArray(details) ? detailedReasoning(details) : [];
  const hasText = parts.some(({ text }) => text !== '');
  if (open === undefined || hasText) return parts;
  const [first, ...others] = parts;
  return [
    { kind: 'reasoning', text: open, ...(first?.seal !== undefined && { seal: first.seal }) },
    ...others,
  ];
}

/** Clients may keep the pieces of a stream: a signature ends the text before it. */
function detailedReasoning(details: readonly unknown[]): ReasoningPart[] {
  const parts: ReasoningPart[] = [];
  let text = '';
  const end = (seal?: Seal): void => {
    if (text !== '' || seal !== undefined)
      parts.push({ kind: 'reasoning', text, ...(seal !== undefined && { seal }) });
    text = '';
  };
  for (const detail of details) {
    if (!isJsonObject(detail)) continue;
    text += textOfDetail(detail);
    const seal = sealOfDetail(detail);
    if (seal !== undefined) end(seal);
  }
  end();
  return parts;
}
