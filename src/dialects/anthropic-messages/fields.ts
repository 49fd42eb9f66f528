import { type FieldFate } from '../translating/field-fate.js';

/** Fields: https://platform.claude.com/docs/en/api/messages/create */
export const FIELDS: readonly FieldFate[] = [
  {
    field: 'model',
    fate: 'carried',
    note: 'a suffix for a larger context window, such as `[1m]`, is cut off',
  },
  {
    field: 'messages',
    fate: 'carried',
    note: 'blocks of tools that the service ran, and unknown assistant blocks, become text; system messages may change the tools and the effort; most services refuse files that are named by an id; other fields of blocks are dropped under their own names, such as `toolset_name`',
  },
  {
    field: 'max_tokens',
    fate: 'carried',
    note: 'default: that of the model, or 400 if the model has none; 0, which fills a prompt cache without a reply, is refused',
  },
  {
    field: 'system',
    fate: 'carried',
    note: 'without the attribution block of Claude Code (`x-anthropic-billing-header: …`)',
  },
  { field: 'stream', fate: 'carried', note: '' },
  {
    field: 'tools',
    fate: 'carried',
    note: 'tools that the client runs; those of the types `bash_*`, `text_editor_*`, `memory_*` and `computer_*` become functions; tools that the service runs are dropped, and `tools` is named',
  },
  {
    field: 'tool_choice',
    fate: 'carried',
    note: 'with `disable_parallel_tool_use`; dropped if no tool is left; refused if it names a dropped tool',
  },
  { field: 'stop_sequences', fate: 'carried', note: '' },
  { field: 'temperature', fate: 'carried', note: '' },
  { field: 'top_p', fate: 'carried', note: '' },
  { field: 'top_k', fate: 'carried', note: 'if the service has such a field' },
  {
    field: 'thinking',
    fate: 'carried',
    note: 'as an effort or a budget; an unknown type is dropped',
  },
  { field: 'output_config.effort', fate: 'carried', note: '' },
  { field: 'output_config.format', fate: 'carried', note: '' },
  { field: 'output_config.task_budget', fate: 'dropped', note: 'so are all other fields of `output_config`' },
  { field: 'output_format', fate: 'carried', note: 'the former name of `output_config.format`' },
  { field: 'metadata.user_id', fate: 'carried', note: 'as the id of the end user' },
  {
    field: 'input_examples',
    fate: 'dropped',
    note: 'of a tool; so are `allowed_callers`, `defer_loading`, `eager_input_streaming` and unknown fields',
  },
  {
    field: 'citations',
    fate: 'dropped',
    note: 'of a document, if they are enabled, and of texts in earlier turns',
  },
  { field: 'cache_control', fate: 'dropped', note: 'of the request; that of blocks and tools is carried' },
  { field: 'service_tier', fate: 'dropped', note: '' },
  { field: 'speed', fate: 'dropped', note: '' },
  { field: 'context_management', fate: 'dropped', note: '' },
  { field: 'compaction', fate: 'dropped', note: '' },
  { field: 'fallbacks', fate: 'dropped', note: '' },
  { field: 'fallback_credit_token', fate: 'dropped', note: '' },
  { field: 'diagnostics', fate: 'dropped', note: '' },
  { field: 'inference_geo', fate: 'dropped', note: '' },
  { field: 'billing_policy', fate: 'dropped', note: 'so is every unknown field' },
  {
    field: 'thread',
    fate: 'refused',
    note: 'with `thread_unsupported_request`: SDKs then send all messages',
  },
  { field: 'mcp_servers', fate: 'refused', note: '' },
  { field: 'container', fate: 'refused', note: '' },
];

/** How replies of a service in this format reach clients of another format. */
export const REPLY_FIELDS: readonly FieldFate[] = [
  { field: 'text', fate: 'carried', note: '' },
  {
    field: 'citations',
    fate: 'carried',
    note: 'sources with an address; their quoted text is `content` in chat, and reported as `response.cited_text` in responses',
  },
  { field: 'thinking', fate: 'carried', note: 'with its signature; so is `redacted_thinking`' },
  { field: 'tool_use', fate: 'carried', note: '' },
  {
    field: 'stop_reason',
    fate: 'carried',
    note: "as the client's format calls it; `stop_sequence` and the explanation of a refusal if the format has fields for them, otherwise reported as `response.stop_sequence` and `response.stop_details`",
  },
  { field: 'usage', fate: 'carried', note: "with `service_tier`, if the client's format has such counts" },
  {
    field: 'response.server_tool_use',
    fate: 'dropped',
    note: 'so are results of tools that the service ran, and unknown blocks, under their types',
  },
  {
    field: 'response.citations',
    fate: 'dropped',
    note: 'sources without an address, such as documents of the request; of other sources, `response.encrypted_index`',
  },
  { field: 'response.container', fate: 'dropped', note: '' },
  {
    field: 'response.context_management',
    fate: 'dropped',
    note: 'so is every unknown field and event',
  },
];
