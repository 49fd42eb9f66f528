import { type JsonObject, isJsonObject, stringifyJson } from '../../../protocol/json.js';
import { newCallId } from '../../openai-chat/gathering/tool-call.js';
import { type AnswerExpressions } from './response-expressions.js';
import { unexpected } from '../mapping-error.js';
import { type NamedExpression, type Scope } from '../named-expression.js';

/** The content of a response, or of an event of a stream; undefined for parts that it lacks. */
export interface AnswerParts {
  readonly text?: string;
  readonly reasoning?: string;
  readonly toolCalls?: readonly JsonObject[];
  readonly finishReason?: string;
  readonly usage?: JsonObject;
  readonly id?: string;
}

/** An error that was reported as a response. */
export interface AnswerFault {
  /** A text or an object. */
  readonly error: unknown;
  readonly status: number | undefined;
}

/** @throws MappingError */
export async function readFault(
  expressions: AnswerExpressions,
  input: unknown,
  scope: Scope,
): Promise<AnswerFault | undefined> {
  if (expressions.error === undefined) return undefined;
  const found = expressions.error.evaluate(input, scope);
  const error = faultOf(found instanceof Promise ? await found : found);
  if (error === undefined) return undefined;
  const status = await expressions.errorStatus?.evaluate(input, scope);
  if (status === undefined || status === null) return { error, status: undefined };
  if (!Number.isInteger(status) || (status as number) < 400 || (status as number) > 599) {
    throw unexpected(expressions.errorStatus!.name, status, 'an HTTP status from 400 to 599');
  }
  return { error, status: status as number };
}

/**
 * The error that a value represents, as text or an object; undefined for a value that means no
 * failure.
 */
export function faultOf(value: unknown): unknown {
  if (value === undefined || value === null || value === false || value === 0 || value === '')
    return undefined;
  return value === true ? 'The upstream reports an error without a message.' : value;
}

/** @throws MappingError */
export async function readParts(
  expressions: AnswerExpressions,
  input: unknown,
  scope: Scope,
): Promise<AnswerParts> {
  // Awaiting takes longer than most expressions, even if there is nothing to wait for.
  let found = expressions.text?.evaluate(input, scope);
  const text = textOf(expressions.text, found instanceof Promise ? await found : found);
  found = expressions.reasoning?.evaluate(input, scope);
  const reasoning = textOf(expressions.reasoning, found instanceof Promise ? await found : found);
  found = expressions.toolCalls?.evaluate(input, scope);
  const toolCalls = toolCallsOf(expressions.toolCalls, found instanceof Promise ? await found : found);
  found = expressions.finishReason?.evaluate(input, scope);
  const finishReason = textOf(expressions.finishReason, found instanceof Promise ? await found : found);
  found = expressions.usage?.evaluate(input, scope);
  const usage = usageOf(expressions.usage, found instanceof Promise ? await found : found);
  found = expressions.id?.evaluate(input, scope);
  const id = nameOf(expressions.id, found instanceof Promise ? await found : found);
  return { text, reasoning, toolCalls, finishReason, usage, id };
}

export function saysNothing({ text, reasoning, toolCalls, finishReason, usage }: AnswerParts): boolean {
  return !text && !reasoning && !toolCalls?.length && !finishReason && usage === undefined;
}

function textOf(expression: NamedExpression | undefined, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw unexpected(expression!.name, value, 'a text');
  return value;
}

function nameOf(expression: NamedExpression | undefined, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') {
    throw unexpected(expression!.name, value, 'a text or a number');
  }
  return String(value);
}

function usageOf(expression: NamedExpression | undefined, value: unknown): JsonObject | undefined {
  if (value === undefined || value === null) return undefined;
  const expected = 'an object with the numbers prompt_tokens and completion_tokens';
  if (!isJsonObject(value)) throw unexpected(expression!.name, value, expected);
  const { prompt_tokens: prompt, completion_tokens: completion } = value;
  if (prompt === undefined || prompt === null || completion === undefined || completion === null)
    return undefined;
  for (const count of [prompt, completion]) {
    if (typeof count !== 'number') throw unexpected(expression!.name, count, `${expected} in it`);
  }
  return { total_tokens: (prompt as number) + (completion as number), ...value };
}

function toolCallsOf(
  expression: NamedExpression | undefined,
  value: unknown,
): readonly JsonObject[] | undefined {
  if (value === undefined || value === null) return undefined;
  // JSONata turns a list with one element into that element.
  const calls: readonly unknown[] = Array.isArray(value) ? value : [value];
  return calls.length === 0 ? undefined : calls.map((call) => toolCall(expression!.name, call));
}

/** Returns OpenAI's `{id, type, function: {name, arguments}}`, also for `{name, arguments}`. */
function toolCall(name: string, call: unknown): JsonObject {
  const expected = 'a list of calls, each with a name and arguments';
  if (!isJsonObject(call)) throw unexpected(name, call, expected);
  const { id, index, function: inner, name: flatName, arguments: flatArguments } = call;
  const { name: functionName, arguments: given } = isJsonObject(inner)
    ? inner
    : { name: flatName, arguments: flatArguments };
  const isContinued = index !== undefined && index !== null;
  if (!isContinued && (typeof functionName !== 'string' || functionName === ''))
    throw unexpected(name, functionName, expected);
  return {
    ...(isContinued && { index }),
    ...(typeof id === 'string' && id !== '' ? { id } : !isContinued && { id: newCallId() }),
    ...((!isContinued || Boolean(id) || Boolean(functionName)) && { type: 'function' }),
    function: {
      ...(typeof functionName === 'string' && functionName !== '' && { name: functionName }),
      ...argumentsOf(given, isContinued),
    },
  };
}

function argumentsOf(given: unknown, isContinued: boolean): JsonObject {
  if (given === undefined || given === null) return isContinued ? {} : { arguments: '{}' };
  return { arguments: typeof given === 'string' ? given : stringifyJson(given) };
}
