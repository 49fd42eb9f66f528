import { type FieldFate } from '../translating/field-fate.js';

/**
 * How the parts of a prompt reach a service of this format, by the names of their fields in chat
 * completions. The table of the client's format decides which fields a prompt can hold.
 */
export const FIELDS: readonly FieldFate[] = [
  { field: 'model', fate: 'carried', note: 'In the path.' },
  {
    field: 'messages',
    fate: 'carried',
    note: 'Text, images, audio, files, tool calls with their signatures, results with errors. Files that are stored at another service are refused, and so are results without a call.',
  },
  { field: 'stream', fate: 'carried', note: '`streamGenerateContent`.' },
  {
    field: 'max_tokens',
    fate: 'carried',
    note: '`maxOutputTokens`, which counts thoughts, too: a small limit gives an empty reply.',
  },
  { field: 'temperature', fate: 'carried', note: '' },
  { field: 'top_p', fate: 'carried', note: '' },
  { field: 'top_k', fate: 'carried', note: '' },
  { field: 'stop', fate: 'carried', note: '`stopSequences`; those after the fifth are dropped.' },
  { field: 'seed', fate: 'carried', note: '' },
  { field: 'frequency_penalty', fate: 'carried', note: '' },
  { field: 'presence_penalty', fate: 'carried', note: '' },
  {
    field: 'tools',
    fate: 'carried',
    note: 'Schemas as `parametersJsonSchema`; a custom tool is a function with one text.',
  },
  { field: 'tool_choice', fate: 'carried', note: '`functionCallingConfig`.' },
  { field: 'response_format', fate: 'carried', note: '`responseJsonSchema`.' },
  {
    field: 'reasoning_effort',
    fate: 'carried',
    note: '`thinkingLevel`; a budget in tokens as `thinkingBudget`.',
  },
  { field: 'parallel_tool_calls', fate: 'dropped', note: 'Where it is false.' },
  { field: 'user', fate: 'dropped', note: '' },
  { field: 'cache_control', fate: 'dropped', note: '' },
  { field: 'detail', fate: 'dropped', note: 'Of images.' },
  { field: 'filename', fate: 'dropped', note: 'Of files.' },
  { field: 'tools.strict', fate: 'dropped', note: 'Where it is true.' },
  { field: 'reasoning', fate: 'dropped', note: 'Of earlier turns, where the service has not signed it.' },
  { field: 'n', fate: 'refused', note: 'Above 1.' },
];

/** How replies of a service in this format reach clients of another format. */
export const REPLY_FIELDS: readonly FieldFate[] = [
  { field: 'text', fate: 'carried', note: 'Thoughts as reasoning, with their signatures.' },
  { field: 'functionCall', fate: 'carried', note: 'With its signature.' },
  {
    field: 'finishReason',
    fate: 'carried',
    note: "In the words of the client's format; `blockReason` and `finishMessage` as the explanation of a refusal.",
  },
  {
    field: 'groundingMetadata',
    fate: 'carried',
    note: 'Sources with an address, and their places in the text; so is `citationMetadata`. Searches are counted.',
  },
  { field: 'usageMetadata', fate: 'carried', note: '' },
  { field: 'response.candidates', fate: 'dropped', note: 'All but the first.' },
  { field: 'response.inlineData', fate: 'dropped', note: 'Images and sounds of the model.' },
  { field: 'response.executableCode', fate: 'dropped', note: 'So is `response.codeExecutionResult`.' },
  {
    field: 'response.searchEntryPoint',
    fate: 'dropped',
    note: 'So is other information about a search, under its name.',
  },
  { field: 'response.safetyRatings', fate: 'dropped', note: '' },
  { field: 'response.avgLogprobs', fate: 'dropped', note: 'So is every field that is not known.' },
];
