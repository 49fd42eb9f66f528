import { isJsonObject } from '../../../protocol/json.js';
import { type Shape, shapeByType, shapeOf } from '../../fields/shape.js';
import { CLIENT_RUN } from './client-run-tools.js';

/*
 * The fields that are read inside the top-level fields of a request. Ids and states of items mean
 * nothing to a stateless service. Wire format:
 * https://platform.openai.com/docs/api-reference/responses/create
 */

const TEXT = shapeOf('type text');
const PARTS = shapeByType({
  'input_text output_text text summary_text reasoning_text': TEXT,
  refusal: shapeOf('type refusal'),
  'input_image image_url computer_screenshot': shapeOf('type image_url file_id detail'),
  input_file: shapeOf('type file_data file_url file_id filename'),
  input_audio: shapeOf('type', { input_audio: shapeOf('data format') }),
});
const ITEM = 'id type status';
const CALL = `${ITEM} call_id name namespace`;
const USUAL = { caller: isDirectCaller };

const ENVIRONMENT = shapeOf('type');
const MESSAGE = shapeOf(`${ITEM} role`, { content: PARTS });
const OUTPUT = shapeOf(`${CALL} execution tools`, { output: PARTS }, USUAL);

const ITEMS: Readonly<Record<string, Shape>> = {
  message: MESSAGE,
  reasoning: shapeOf(`${ITEM} encrypted_content`, { content: TEXT, summary: TEXT }),
  function_call: shapeOf(`${CALL} arguments`, {}, USUAL),
  custom_tool_call: shapeOf(`${CALL} input`, {}, USUAL),
  'function_call_output custom_tool_call_output': OUTPUT,
  additional_tools: shapeOf(`${ITEM} role tools`),
  configuration_update: shapeOf(`${ITEM} reasoning text`),
  ...Object.fromEntries(CLIENT_RUN.map(({ outputType }) => [outputType, OUTPUT])),
  local_shell_call: shapeOf(`${CALL} action`),
  shell_call: shapeOf(`${CALL} action`, { environment: ENVIRONMENT }, USUAL),
  apply_patch_call: shapeOf(`${CALL} operation`, {}, USUAL),
  tool_search_call: shapeOf(`${CALL} arguments execution`),
};
const BY_TYPE = shapeByType(ITEMS);

/** Adds the lost fields of an input item, which may have no type. */
export function lostOfItem(item: object, names: Set<string>): void {
  ('type' in item ? BY_TYPE : MESSAGE).lost(item, 'input.', names);
}

const FUNCTION = shapeOf('type name description parameters strict', {
  function: shapeOf('name description parameters strict'),
});
const CUSTOM = shapeOf('type name description format');

/** The tools that the client runs; all others are reported as a whole. */
export const TOOLS = shapeByType({
  function: FUNCTION,
  custom: CUSTOM,
  namespace: shapeOf('type name description', { tools: shapeByType({ function: FUNCTION, custom: CUSTOM }) }),
  'local_shell apply_patch': shapeOf('type', {}, { allowed_callers: isDirect }),
  shell: shapeOf('type', { environment: ENVIRONMENT }, { allowed_callers: isDirect }),
  tool_search: shapeOf('type execution description parameters'),
});

function isDirectCaller(caller: unknown): boolean {
  return isJsonObject(caller) && caller['type'] === 'direct';
}

function isDirect(callers: unknown): boolean {
  return Array.isArray(callers) && callers.length === 1 && callers[0] === 'direct';
}
