import { type ToolCallPart } from '../../conversation/prompt.js';
import { type JsonObject, isJsonObject, parseLosslessJson } from '../../protocol/json.js';

/** The one field that a custom tool has here, since all input is an object: the free text. */
export const FREE_TEXT = 'input';
/** Where arguments go that are no object of JSON. */
const RAW = '_raw';

/** The arguments of a call as the object that `input` has to be; never fails, since models write them. */
export function inputOf({
  arguments: text,
  isCustom,
}: Pick<ToolCallPart, 'arguments' | 'isCustom'>): JsonObject {
  if (isCustom === true) return { [FREE_TEXT]: text };
  if (text.trim() === '') return {};
  const value = parseLosslessJson(text);
  return isJsonObject(value) ? value : { [RAW]: text };
}
