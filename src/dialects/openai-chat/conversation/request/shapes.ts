import { shapeByType, shapeOf } from '../../../fields/shape.js';

/*
 * The fields that are read within those of a request. Wire format:
 * https://platform.openai.com/docs/api-reference/chat/create
 */

const PARTS = shapeByType({
  text: shapeOf('type text cache_control'),
  refusal: shapeOf('type refusal'),
  image_url: shapeOf('type cache_control', { image_url: shapeOf('url detail') }),
  input_audio: shapeOf('type', { input_audio: shapeOf('data format') }),
  file: shapeOf('type cache_control', { file: shapeOf('file_data file_id filename') }),
});
const CALLED = shapeOf('name arguments input');
const CALL = shapeOf('id type index', {
  function: CALLED,
  custom: CALLED,
  extra_content: shapeOf('', { google: shapeOf('thought_signature') }),
});
const REASONING = 'reasoning reasoning_content reasoning_details';

/** `name` is reported if it distinguishes participants. */
export const MESSAGE = shapeOf(`role name tool_call_id refusal audio ${REASONING}`, {
  content: PARTS,
  tool_calls: CALL,
  function_call: CALLED,
});
export const RESULT = shapeOf('role name tool_call_id cache_control', { content: PARTS });
export const TOOL = shapeByType({
  function: shapeOf('type cache_control', { function: shapeOf('name description parameters strict') }),
  custom: shapeOf('type cache_control', { custom: shapeOf('name description format') }),
});
export const FUNCTION = shapeOf('name description parameters strict');
/** Objects among the further fields, by their names. */
export const WISHES = {
  response_format: shapeOf('type', { json_schema: shapeOf('name description schema strict') }),
  // The gateway never sends obfuscated streams.
  stream_options: shapeOf('include_usage include_obfuscation'),
  reasoning: shapeOf('effort max_tokens enabled exclude'),
  thinking: shapeOf('type budget_tokens'),
} as const;
