import { UpstreamError } from '../../../errors/upstream-errors.js';
import { type GatewayError } from '../../../errors/gateway-error.js';
import { LargeInput } from '../../../expressions/large-input.js';
import { errorOf, isBare } from '../../../protocol/errors/error-shape.js';
import { excessOf, isJsonObject, parseLosslessJson, type JsonObject } from '../../../protocol/json.js';
import { type AnswerExpressions } from './response-expressions.js';
import { type AnswerFault, type AnswerParts, readFault, readParts } from './answer-parts.js';
import { MappingError } from '../mapping-error.js';
import { NamedExpression, type Scope } from '../named-expression.js';

/**
 * @returns a document as expressions see it
 * @throws UpstreamError if it is not a JSON document
 */
export function answerInput(body: Buffer): unknown {
  return LargeInput.of(body, parseAnswer);
}

/** @throws UpstreamError if it is not a JSON document */
export function parseAnswer(body: Buffer): unknown {
  const value = parseLosslessJson(body.toString());
  if (value === undefined) throw notJson(body);
  return value;
}

/** @param body needed only if the body may exceed the limits */
export function notJson(body?: Buffer): UpstreamError {
  const why = (body && excessOf(body)) ?? 'is not JSON';
  return new UpstreamError('upstream_invalid_response', `The upstream's response ${why}.`);
}

/**
 * Reads the content of a complete response.
 * @throws MappingError, and the error that the response reports
 */
export async function readAnswer(
  expressions: AnswerExpressions,
  input: unknown,
  scope: Scope,
  toFailure: (fault: AnswerFault) => GatewayError,
): Promise<AnswerParts> {
  if (input instanceof LargeInput) await NamedExpression.prepare(expressions.all, input, scope);
  const fault = await readFault(expressions, input, scope);
  if (fault !== undefined) throw toFailure(fault);
  const parts = await readParts(expressions, input, scope);
  if (parts.text === undefined && parts.toolCalls === undefined) {
    const error = expressions.error === undefined ? errorOf(input, true) : undefined;
    // A message without a code may mean anything.
    if (isJsonObject(error) ? error['code'] !== undefined || !isBare(input, error) : error !== undefined)
      throw toFailure({ error, status: undefined });
    throw new MappingError(expressions.text!.name, 'found nothing in the response; expected a text');
  }
  return parts;
}

/** The whole text of a reply, for counting. */
export function wordsOf({ text, reasoning, toolCalls }: AnswerParts): string {
  const calls = toolCalls?.map((call: JsonObject) => JSON.stringify(call['function'])) ?? [];
  return [reasoning, text, ...calls].join('');
}
