import { type FieldFate } from '../translating/field-fate.js';

/** Fields: https://platform.openai.com/docs/api-reference/responses/create */
export const FIELDS: readonly FieldFate[] = [
  { field: 'model', fate: 'carried', note: 'Chooses the configured model.' },
  {
    field: 'input',
    fate: 'carried',
    note: 'Messages, calls of tools, their results, reasoning. Items of tools that the service runs itself are dropped, references to kept items refused. What else is in items is dropped by its name, such as `input.phase`.',
  },
  { field: 'instructions', fate: 'carried', note: 'The first system message.' },
  { field: 'stream', fate: 'carried', note: '' },
  { field: 'stream_options', fate: 'carried', note: 'Nothing is obfuscated.' },
  { field: 'max_output_tokens', fate: 'carried', note: '' },
  { field: 'temperature', fate: 'carried', note: '' },
  { field: 'top_p', fate: 'carried', note: '' },
  {
    field: 'tools',
    fate: 'carried',
    note: 'Functions, custom tools, groups, and the tools that the client runs; those that the service runs itself are dropped, and other fields under their names, such as `tools.defer_loading`.',
  },
  {
    field: 'tool_choice',
    fate: 'carried',
    note: 'Dropped if it names a tool that the service runs itself.',
  },
  { field: 'parallel_tool_calls', fate: 'carried', note: '' },
  {
    field: 'text',
    fate: 'carried',
    note: 'text.format; all else is dropped by its path, such as text.verbosity.',
  },
  {
    field: 'reasoning',
    fate: 'carried',
    note: 'Effort and summary; all else is dropped by its path, such as reasoning.mode.',
  },
  {
    field: 'include',
    fate: 'carried',
    note: 'reasoning.encrypted_content; all else is dropped.',
  },
  { field: 'user', fate: 'carried', note: '' },
  { field: 'safety_identifier', fate: 'carried', note: 'As the user, if no user is given.' },
  { field: 'metadata', fate: 'carried', note: 'Returned in the response.' },
  { field: 'store', fate: 'carried', note: 'Nothing is stored, and the response says so.' },
  { field: 'max_tool_calls', fate: 'dropped', note: 'Counts calls of tools that the service runs itself.' },
  { field: 'top_logprobs', fate: 'dropped', note: '' },
  { field: 'truncation', fate: 'dropped', note: 'Conversations are never truncated.' },
  { field: 'service_tier', fate: 'dropped', note: '' },
  { field: 'prompt_cache_key', fate: 'dropped', note: '' },
  { field: 'prompt_cache_options', fate: 'dropped', note: '' },
  { field: 'prompt_cache_retention', fate: 'dropped', note: '' },
  { field: 'context_management', fate: 'dropped', note: '' },
  { field: 'access_programs', fate: 'dropped', note: '' },
  { field: 'image', fate: 'dropped', note: '' },
  { field: 'background_options', fate: 'dropped', note: '' },
  { field: 'client_metadata', fate: 'dropped', note: '' },
  { field: 'moderation', fate: 'dropped', note: 'Refused if it is to block input or output.' },
  { field: 'previous_response_id', fate: 'refused', note: 'No responses are stored.' },
  { field: 'conversation', fate: 'refused', note: 'No conversations are stored.' },
  { field: 'background', fate: 'refused', note: 'If true: no responses are stored.' },
  { field: 'prompt', fate: 'refused', note: 'No prompt templates are stored.' },
];

/** How replies of a service in this format reach clients of another format. */
export const REPLY_FIELDS: readonly FieldFate[] = [
  { field: 'output_text', fate: 'carried', note: '' },
  {
    field: 'annotations',
    fate: 'carried',
    note: 'Sources with an address, and their positions in the text; clients of Messages get them with their block, and `response.start_index` is reported.',
  },
  { field: 'refusal', fate: 'carried', note: 'As the text of a refusal.' },
  { field: 'reasoning', fate: 'carried', note: 'Its text, otherwise its summary, and `encrypted_content`.' },
  { field: 'function_call', fate: 'carried', note: 'So is `custom_tool_call`.' },
  { field: 'status', fate: 'carried', note: 'With `incomplete_details.reason`, as the finish reason.' },
  {
    field: 'usage',
    fate: 'carried',
    note: "With `service_tier`, if the client's format has such counts.",
  },
  {
    field: 'response.web_search_call',
    fate: 'dropped',
    note: 'So are all items of tools that the service runs itself, under their types.',
  },
  { field: 'response.annotations', fate: 'dropped', note: 'Sources without an address, such as files.' },
  { field: 'response.logprobs', fate: 'dropped', note: '' },
  { field: 'response.phase', fate: 'dropped', note: '' },
  {
    field: 'response.namespace',
    fate: 'dropped',
    note: 'Of a call; so is every unknown field, event and item.',
  },
];
