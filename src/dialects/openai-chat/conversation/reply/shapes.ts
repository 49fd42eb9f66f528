import { shapeByType, shapeOf } from '../../../fields/shape.js';
import { CITED } from '../../../translating/url-citation.js';

const CONTENT = shapeByType({
  'text output_text': shapeOf('type text'),
  'thinking reasoning': shapeOf('type thinking reasoning text'),
  refusal: shapeOf('type refusal'),
  ...Object.fromEntries(
    ['image_url', 'input_audio', 'audio', 'file', 'reference'].map((type) => [type, shapeOf('type')]),
  ),
});
const CALLED = shapeOf('name arguments input');
const MESSAGE = shapeOf('role refusal reasoning_content reasoning reasoning_details', {
  content: CONTENT,
  tool_calls: shapeOf('id type index', {
    function: CALLED,
    custom: CALLED,
    extra_content: shapeOf('', { google: shapeOf('thought_signature') }),
  }),
  function_call: CALLED,
  annotations: shapeByType({
    url_citation: shapeOf(`type ${CITED}`, { url_citation: shapeOf(CITED) }),
  }),
});
const WHY = 'finish_reason native_finish_reason stop_reason matched_stop';

// Azure reports the severity of each category in every chunk, even if nothing was filtered.
// https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter-annotations
const isUnfiltered = (value: unknown): boolean => !JSON.stringify(value).includes('"filtered":true');
const FILTERS = {
  content_filter_results: isUnfiltered,
  prompt_filter_results: isUnfiltered,
  content_filter_offsets: () => true,
};

/**
 * The fields of a chunk or completion that are read, and those without meaning for the reply. Wire
 * format: https://platform.openai.com/docs/api-reference/chat/object
 */
export const CHUNK = shapeOf(
  'id object created model system_fingerprint usage service_tier obfuscation',
  {
    choices: shapeOf(`index text usage ${WHY}`, { delta: MESSAGE, message: MESSAGE }, FILTERS),
  },
  FILTERS,
);
