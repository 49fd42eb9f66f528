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
    note: 'Functions, custom tools, groups, and the tools that the client runs; those that the service runs itself are dropped, and other fields by their names, such as `tools.defer_loading`.',
  },
  {
    field: 'tool_choice',
    fate: 'carried',
    note: 'Dropped where it names a tool that the service runs itself.',
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
  { field: 'safety_identifier', fate: 'carried', note: 'As the user, where no user is given.' },
  { field: 'metadata', fate: 'carried', note: 'Comes back in the response.' },
  { field: 'store', fate: 'carried', note: 'Nothing is stored, and the response says so.' },
  { field: 'max_tool_calls', fate: 'dropped', note: 'Counts calls of tools that the service runs itself.' },
  { field: 'top_logprobs', fate: 'dropped', note: '' },
  { field: 'truncation', fate: 'dropped', note: 'Nothing is cut off a conversation.' },
  { field: 'service_tier', fate: 'dropped', note: '' },
  { field: 'prompt_cache_key', fate: 'dropped', note: '' },
  { field: 'prompt_cache_options', fate: 'dropped', note: '' },
  { field: 'prompt_cache_retention', fate: 'dropped', note: '' },
  { field: 'context_management', fate: 'dropped', note: '' },
  { field: 'access_programs', fate: 'dropped', note: '' },
  { field: 'image', fate: 'dropped', note: '' },
  { field: 'background_options', fate: 'dropped', note: '' },
  { field: 'client_metadata', fate: 'dropped', note: '' },
  { field: 'moderation', fate: 'dropped', note: 'Refused where it is to block input or output.' },
  { field: 'previous_response_id', fate: 'refused', note: 'No responses are kept.' },
  { field: 'conversation', fate: 'refused', note: 'No conversations are kept.' },
  { field: 'background', fate: 'refused', note: 'Where it is true: no responses are kept.' },
  { field: 'prompt', fate: 'refused', note: 'No prompt templates are kept.' },
];

/** How replies of a service in this format reach clients of another format. */
export const REPLY_FIELDS: readonly FieldFate[] = [
  { field: 'output_text', fate: 'carried', note: '' },
  {
    field: 'annotations',
    fate: 'carried',
    note: 'Sources with an address, and their places in the text; clients of Messages get them with their block, and `response.start_index` is named.',
  },
  { field: 'refusal', fate: 'carried', note: 'As the words of a refusal.' },
  { field: 'reasoning', fate: 'carried', note: 'Its text or else its summary, and `encrypted_content`.' },
  { field: 'function_call', fate: 'carried', note: 'So is `custom_tool_call`.' },
  { field: 'status', fate: 'carried', note: 'With `incomplete_details.reason`, as the reason of the end.' },
  {
    field: 'usage',
    fate: 'carried',
    note: "With `service_tier`, where the client's format has such counts.",
  },
  {
    field: 'response.web_search_call',
    fate: 'dropped',
    note: 'So are all items of tools that the service runs itself, by their types.',
  },
  { field: 'response.annotations', fate: 'dropped', note: 'Sources without an address, such as files.' },
  { field: 'response.logprobs', fate: 'dropped', note: '' },
  { field: 'response.phase', fate: 'dropped', note: '' },
  {
    field: 'response.namespace',
    fate: 'dropped',
    note: 'Of a call; so is every field, event and item that is not known.',
  },
];
