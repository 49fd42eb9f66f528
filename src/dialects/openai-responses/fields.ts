/** What becomes of each field of a request whose model is reached in another format. */
export const FIELDS: readonly {
  readonly field: string;
  readonly fate: 'carried' | 'dropped' | 'refused';
  readonly note: string;
}[] = [
  { field: 'model', fate: 'carried', note: 'Chooses the configured model.' },
  {
    field: 'input',
    fate: 'carried',
    note: 'Messages, calls of tools, their results, reasoning. Items of tools that the service runs itself are dropped, references to kept items refused.',
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
    note: 'Functions, custom tools, groups, and the tools that the client runs; those that the service runs itself are dropped.',
  },
  {
    field: 'tool_choice',
    fate: 'carried',
    note: 'Dropped where it names a tool that the service runs itself.',
  },
  { field: 'parallel_tool_calls', fate: 'carried', note: '' },
  { field: 'text', fate: 'carried', note: 'text.format; text.verbosity is dropped.' },
  { field: 'reasoning', fate: 'carried', note: 'Effort and summary.' },
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
