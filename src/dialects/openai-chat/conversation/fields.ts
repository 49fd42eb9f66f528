import { type FieldFate } from '../../translating/field-fate.js';

/**
 * All fields of https://platform.openai.com/docs/api-reference/chat/create, and a few that many
 * services know as well. A field that is not listed is dropped, and its name is reported. A field
 * that is carried may still be dropped or refused if the service's format cannot express it.
 */
export const FIELDS: readonly FieldFate[] = [
  { field: 'model', fate: 'carried', note: 'Replaced by the name that the service knows.' },
  {
    field: 'messages',
    fate: 'carried',
    note: 'Text, images, audio, files, refusals, reasoning with signatures, tool calls and results. Other fields of messages are dropped under their names, such as `messages.name` or `messages.prompt_cache_breakpoint`.',
  },
  { field: 'stream', fate: 'carried', note: '' },
  { field: 'stream_options', fate: 'carried', note: '`include_usage`.' },
  { field: 'max_completion_tokens', fate: 'carried', note: 'Takes precedence over `max_tokens`.' },
  { field: 'max_tokens', fate: 'carried', note: '' },
  { field: 'temperature', fate: 'carried', note: '' },
  { field: 'top_p', fate: 'carried', note: '' },
  { field: 'top_k', fate: 'carried', note: 'Not in the format; many services know it.' },
  { field: 'n', fate: 'carried', note: 'More than 1 is refused for services that write one choice only.' },
  { field: 'stop', fate: 'carried', note: '' },
  { field: 'seed', fate: 'carried', note: '' },
  { field: 'frequency_penalty', fate: 'carried', note: '' },
  { field: 'presence_penalty', fate: 'carried', note: '' },
  {
    field: 'tools',
    fate: 'carried',
    note: 'Functions and custom tools. Tools of other types run only at their own service, so they are dropped as `tools.TYPE`; unknown fields are dropped as `tools.NAME`.',
  },
  {
    field: 'tool_choice',
    fate: 'carried',
    note: '`allowed_tools` removes the other tools. Dropped if no tool is left.',
  },
  { field: 'parallel_tool_calls', fate: 'carried', note: '' },
  { field: 'functions', fate: 'carried', note: 'Deprecated: as `tools`.' },
  { field: 'function_call', fate: 'carried', note: 'Deprecated: as `tool_choice`.' },
  {
    field: 'response_format',
    fate: 'carried',
    note: '`text`, `json_object` and `json_schema`; other types are refused.',
  },
  { field: 'reasoning_effort', fate: 'carried', note: '`none` turns reasoning off.' },
  {
    field: 'reasoning',
    fate: 'carried',
    note: 'Not in the format: `effort`, `max_tokens`, `enabled` and `exclude`.',
  },
  { field: 'thinking', fate: 'carried', note: 'Not in the format: `type` and `budget_tokens`.' },
  { field: 'user', fate: 'carried', note: '' },
  { field: 'safety_identifier', fate: 'carried', note: 'Takes precedence over `user`.' },
  { field: 'audio', fate: 'refused', note: 'Other formats have no spoken replies.' },
  { field: 'modalities', fate: 'refused', note: 'Unless it asks for text only.' },
  { field: 'logit_bias', fate: 'dropped', note: '' },
  { field: 'logprobs', fate: 'dropped', note: '' },
  { field: 'top_logprobs', fate: 'dropped', note: '' },
  { field: 'metadata', fate: 'dropped', note: '' },
  { field: 'moderation', fate: 'dropped', note: '' },
  { field: 'prediction', fate: 'dropped', note: '' },
  { field: 'prompt_cache_key', fate: 'dropped', note: '' },
  { field: 'prompt_cache_options', fate: 'dropped', note: '' },
  { field: 'prompt_cache_retention', fate: 'dropped', note: '' },
  { field: 'service_tier', fate: 'dropped', note: '`auto` is no loss.' },
  { field: 'store', fate: 'dropped', note: '' },
  { field: 'verbosity', fate: 'dropped', note: '' },
  { field: 'web_search_options', fate: 'dropped', note: '' },
];

/** How replies of a service in this format reach clients of another format. */
export const REPLY_FIELDS: readonly FieldFate[] = [
  { field: 'content', fate: 'carried', note: 'Text, and the text and thinking parts of a list.' },
  {
    field: 'reasoning_content',
    fate: 'carried',
    note: 'So are `reasoning` and `reasoning_details`, with their signatures.',
  },
  { field: 'refusal', fate: 'carried', note: 'As the text of a refusal.' },
  {
    field: 'tool_calls',
    fate: 'carried',
    note: 'So is `function_call`; a signature in `extra_content`, too.',
  },
  {
    field: 'annotations',
    fate: 'carried',
    note: 'Sources with an address, and their positions in the text; clients of Messages get them with their block, and `response.start_index` is reported.',
  },
  { field: 'finish_reason', fate: 'carried', note: "As the client's format calls it." },
  {
    field: 'usage',
    fate: 'carried',
    note: "With `service_tier`, if the client's format has such counts.",
  },
  { field: 'response.choices', fate: 'dropped', note: 'All but the first.' },
  { field: 'response.logprobs', fate: 'dropped', note: '' },
  { field: 'response.audio', fate: 'dropped', note: 'Spoken replies. So is every unknown field.' },
];
