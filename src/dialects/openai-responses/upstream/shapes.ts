import { isJsonObject } from '../../../protocol/json.js';
import { type Shape, shapeByType, shapeOf } from '../../fields/shape.js';
import { CITED } from '../../translating/url-citation.js';

/*
 * The fields of a response that are read, and those without meaning for the reply, many of which
 * repeat the request. Wire format: https://platform.openai.com/docs/api-reference/responses/object
 */

const STATE =
  'id object created_at completed_at status background error output usage service_tier output_text';
const REQUEST =
  'instructions max_output_tokens max_tool_calls model parallel_tool_calls previous_response_id prompt ' +
  'prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier store temperature text ' +
  'tool_choice tools top_logprobs top_p truncation user metadata conversation access_programs billing ' +
  'frequency_penalty presence_penalty';

export const RESPONSE = shapeOf(`${STATE} ${REQUEST}`, { incomplete_details: shapeOf('reason') });

export const ANNOTATION = shapeByType({ url_citation: shapeOf(`type ${CITED}`) });
/** The content parts of an item. */
export const CONTENT = shapeByType({
  output_text: shapeOf('type text', { annotations: ANNOTATION }),
  refusal: shapeOf('type refusal'),
  reasoning_text: shapeOf('type text'),
});
const ITEM = 'id type status';
const CALL = `${ITEM} call_id name`;
const USUAL = { caller: isDirect };
const ITEMS: Readonly<Record<string, Shape>> = {
  message: shapeOf(`${ITEM} role`, { content: CONTENT }),
  reasoning: shapeOf(`${ITEM} encrypted_content`, { content: CONTENT, summary: shapeOf('type text') }),
  function_call: shapeOf(`${CALL} arguments`, {}, USUAL),
  custom_tool_call: shapeOf(`${CALL} input`, {}, USUAL),
};

/** The items that are read. */
export const ITEM_SHAPES: ReadonlyMap<string, Shape> = new Map(Object.entries(ITEMS));

/** Events that only repeat others; those of `response` itself are read elsewhere. */
export const SILENT_EVENTS: ReadonlySet<string | undefined> = new Set([
  undefined,
  'response.content_part.added',
  'response.reasoning_summary_part.added',
  'response.reasoning_summary_part.done',
  'keepalive',
]);

function isDirect(caller: unknown): boolean {
  return isJsonObject(caller) && caller['type'] === 'direct';
}
