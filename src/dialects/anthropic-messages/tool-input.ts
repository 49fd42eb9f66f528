import { type ToolCallPart } from '../../conversation/prompt.js';
import { type JsonObject, isJsonObject, parseLosslessJson } from '../../protocol/json.js';

/**
 * The only field of a custom tool, whose input is free text: in this format, all input is an
 * object.
 */
export const FREE_TEXT = 'input';
/** The field for arguments that are not a JSON object. */
const RAW = '_raw';

/**
 * The arguments of a call as the object that `input` must be. Never fails, because models write the
 * arguments.
 */
export function inputOf({
  arguments: text,
  isCustom,
}: Pick<ToolCallPart, 'arguments' | 'isCustom'>): JsonObject {
  if (isCustom === true) return { [FREE_TEXT]: text };
  if (text.trim() === '') return {};
  const value = parseLosslessJson(text);
  return isJsonObject(value) ? value : { [RAW]: text };
}
