import {
  FIELDS as MESSAGES,
  REPLY_FIELDS as MESSAGES_REPLY,
} from '../../src/dialects/anthropic-messages/fields.js';
import { type FieldFate } from '../../src/dialects/translating/field-fate.js';
import { FIELDS as GEMINI, REPLY_FIELDS as GEMINI_REPLY } from '../../src/dialects/gemini/fields.js';
import {
  FIELDS as CHAT,
  REPLY_FIELDS as CHAT_REPLY,
} from '../../src/dialects/openai-chat/conversation/fields.js';
import {
  FIELDS as RESPONSES,
  REPLY_FIELDS as RESPONSES_REPLY,
} from '../../src/dialects/openai-responses/fields.js';

/** What becomes of the fields of each format, as the gateway goes by. */
export const FIELD_TABLES: Readonly<Record<string, readonly FieldFate[]>> = {
  'openai-chat': CHAT,
  'openai-responses': RESPONSES,
  'anthropic-messages': MESSAGES,
  gemini: GEMINI,
};

/** The same of replies, by the format of the service. */
export const REPLY_TABLES: Readonly<Record<string, readonly FieldFate[]>> = {
  'openai-chat': CHAT_REPLY,
  'openai-responses': RESPONSES_REPLY,
  'anthropic-messages': MESSAGES_REPLY,
  gemini: GEMINI_REPLY,
};

const FATES = { carried: '传递', dropped: '丢弃', refused: '拒绝' } as const;
const ORDER = ['carried', 'dropped', 'refused'];

/** In Chinese, by the notes. */
const NOTES: Readonly<Record<string, string>> = {
  'default: that of the model, or 400 if the model has none; 0, which fills a prompt cache without a reply, is refused':
    '省略时取模型的值，模型也没有时返回 400；0（只填充提示缓存、不生成回答）会被拒绝',
  'Above 1.': '大于 1 时。',
  'As the user, if no user is given.': '没有 `user` 时作为用户标识。',
  'Chooses the configured model.': '选择配置中的模型。',
  'Returned in the response.': '在响应中原样返回。',
  'Counts calls of tools that the service runs itself.': '只统计由服务执行的工具。',
  'Deprecated: as `tool_choice`.': '已弃用：等同 `tool_choice`。',
  'Deprecated: as `tools`.': '已弃用：等同 `tools`。',
  'Dropped if it names a tool that the service runs itself.': '指定由服务执行的工具时丢弃。',
  'Effort and summary; all else is dropped by its path, such as reasoning.mode.':
    '强度与摘要；其余按路径丢弃，例如 `reasoning.mode`。',
  'Functions and custom tools. Tools of other types run only at their own service, so they are dropped as `tools.TYPE`; unknown fields are dropped as `tools.NAME`.':
    '函数与自定义工具。其他类型的工具只能由其服务执行，以 `tools.TYPE` 丢弃，未知字段以 `tools.NAME` 丢弃。',
  'Functions, custom tools, groups, and the tools that the client runs; those that the service runs itself are dropped, and other fields under their names, such as `tools.defer_loading`.':
    '函数、自定义工具、分组，以及由客户端执行的工具；由服务执行的工具丢弃，其他字段按名称丢弃，例如 `tools.defer_loading`。',
  'Takes precedence over `max_tokens`.': '优先于 `max_tokens`。',
  'Takes precedence over `user`.': '优先于 `user`。',
  'In the path.': '在路径中。',
  'Messages, calls of tools, their results, reasoning. Items of tools that the service runs itself are dropped, references to kept items refused. What else is in items is dropped by its name, such as `input.phase`.':
    '消息、工具调用及其结果、思考。由服务执行的工具的项丢弃，对已存项的引用拒绝。项中的其他字段按名称丢弃，例如 `input.phase`。',
  'More than 1 is refused for services that write one choice only.':
    '服务只给出一个选项时，大于 1 会被拒绝。',
  'No conversations are stored.': '不保存会话。',
  'No prompt templates are stored.': '不保存提示模板。',
  'No responses are stored.': '不保存响应。',
  'Not in the format: `effort`, `max_tokens`, `enabled` and `exclude`.':
    '不在标准格式中：`effort`、`max_tokens`、`enabled`、`exclude`。',
  'Not in the format: `type` and `budget_tokens`.': '不在标准格式中：`type`、`budget_tokens`。',
  'Not in the format; many services know it.': '不在标准格式中，但许多服务支持。',
  'Conversations are never truncated.': '不截断对话。',
  'Nothing is obfuscated.': '不做混淆填充。',
  'Nothing is stored, and the response says so.': '不保存任何内容，响应中会说明。',
  'Of images.': '图片的字段。',
  'Refused if it is to block input or output.': '用于拦截输入或输出时拒绝。',
  'Replaced by the name that the service knows.': '换成服务使用的名称。',
  'Schemas as `parametersJsonSchema`; a custom tool is a function with one text.':
    'Schema 写入 `parametersJsonSchema`；自定义工具成为只有一个文本参数的函数。',
  'Other formats have no spoken replies.': '其他格式没有语音回答。',
  'Text, images, audio, files, tool calls with their signatures, results with errors. Files that are stored at another service are refused, and so are results without a call.':
    '文本、图片、音频、文件、带签名的工具调用、含错误的结果。存放在其他服务的文件，以及没有对应调用的结果会被拒绝。',
  'Text, images, audio, files, refusals, reasoning with signatures, tool calls and results. Other fields of messages are dropped under their names, such as `messages.name` or `messages.prompt_cache_breakpoint`.':
    '文本、图片、音频、文件、拒答、带签名的思考、工具调用与结果。其中的其他字段按名称丢弃，例如 `messages.name`、`messages.prompt_cache_breakpoint`。',
  'The first system message.': '作为第一条系统消息。',
  'Unless it asks for text only.': '只要求文本时除外。',
  'Where it is false.': '为 false 时。',
  'If true: no responses are stored.': '为 true 时：不保存响应。',
  '`allowed_tools` removes the other tools. Dropped if no tool is left.':
    '`allowed_tools` 之外的工具不传；没有工具剩下时丢弃。',
  '`auto` is no loss.': '`auto` 不算丢失。',
  '`functionCallingConfig`.': '`functionCallingConfig`。',
  '`include_usage`.': '`include_usage`。',
  '`maxOutputTokens`, which counts thoughts, too: a small limit gives an empty reply.':
    '`maxOutputTokens`，包含思考：上限太小会得到空回答。',
  '`none` turns reasoning off.': '`none` 关闭思考。',
  '`responseJsonSchema`.': '`responseJsonSchema`。',
  '`stopSequences`; those after the fifth are dropped.': '`stopSequences`，第五个之后的丢弃。',
  '`streamGenerateContent`.': '`streamGenerateContent`。',
  '`text`, `json_object` and `json_schema`; other types are refused.':
    '`text`、`json_object`、`json_schema`；其他类型拒绝。',
  '`thinkingLevel`; a budget in tokens as `thinkingBudget`.':
    '`thinkingLevel`；token 预算写入 `thinkingBudget`。',
  'a suffix for a larger context window, such as `[1m]`, is cut off': '去掉 `[1m]` 等表示更大上下文的后缀',
  'as an effort or a budget; an unknown type is dropped': '换成强度或预算；未知类型丢弃',
  'as the id of the end user': '作为最终用户标识',
  'blocks of tools that the service ran, and unknown assistant blocks, become text; system messages may change the tools and the effort; most services refuse files that are named by an id; other fields of blocks are dropped under their own names, such as `toolset_name`':
    '由服务执行的工具的块和未知的助手块变为文本；系统消息可以改变工具和强度；以 id 引用的文件多数服务会拒绝；块中的其他字段按其名称丢弃，例如 `toolset_name`',
  'of a document, if they are enabled, and of texts in earlier turns':
    '文档的字段，启用时；以及此前各轮文本中的',
  'of a tool; so are `allowed_callers`, `defer_loading`, `eager_input_streaming` and unknown fields':
    '工具的字段；`allowed_callers`、`defer_loading`、`eager_input_streaming` 与未知字段也丢弃',
  'Of earlier turns, where the service has not signed it.': '此前各轮的，服务未签名时。',
  'Of files.': '文件的字段。',
  'Where it is true.': '为 true 时。',
  'of the request; that of blocks and tools is carried': '请求级的；块和工具上的会传递',
  'reasoning.encrypted_content; all else is dropped.': '`reasoning.encrypted_content`；其余丢弃。',
  'so are all other fields of `output_config`': '`output_config` 的其余字段也丢弃',
  'so is every unknown field': '未知字段也丢弃',
  'text.format; all else is dropped by its path, such as text.verbosity.':
    '`text.format`；其余按路径丢弃，例如 `text.verbosity`。',
  'without the attribution block of Claude Code (`x-anthropic-billing-header: …`)':
    '去掉 Claude Code 的归属块（`x-anthropic-billing-header: …`）',
  'the former name of `output_config.format`': '`output_config.format` 的旧名',
  'tools that the client runs; those of the types `bash_*`, `text_editor_*`, `memory_*` and `computer_*` become functions; tools that the service runs are dropped, and `tools` is named':
    '由客户端执行的工具；类型 `bash_*`、`text_editor_*`、`memory_*`、`computer_*` 作为函数；由服务执行的工具丢弃并列出 `tools`',
  'if the service has such a field': '服务有此字段时',
  'with `disable_parallel_tool_use`; dropped if no tool is left; refused if it names a dropped tool':
    '包括 `disable_parallel_tool_use`；没有工具可用时丢弃；指定已丢弃的工具时拒绝',
  'with `thread_unsupported_request`: SDKs then send all messages':
    '代码为 `thread_unsupported_request`：SDK 随后改发全部消息',
  'Text, and the text and thinking parts of a list.': '文本，以及列表中的文本与思考。',
  'So are `reasoning` and `reasoning_details`, with their signatures.':
    '`reasoning`、`reasoning_details` 连同签名也传递。',
  'As the text of a refusal.': '作为拒答文本。',
  'So is `function_call`; a signature in `extra_content`, too.':
    '`function_call` 与 `extra_content` 中的签名也传递。',
  "As the client's format calls it.": '换成客户端格式的用语。',
  "With `service_tier`, if the client's format has such counts.":
    '包括 `service_tier`，客户端格式有此类计数时。',
  'All but the first.': '第一个之外的。',
  'Sources with an address, and their positions in the text; clients of Messages get them with their block, and `response.start_index` is reported.':
    '有网址的来源及其在文本中的位置；Messages 客户端得到的来源属于整个块，并列出 `response.start_index`。',
  'Sources without an address, such as files.': '没有网址的来源，例如文件。',
  'So is every field that is not known.': '未知字段也丢弃。',
  'Spoken replies. So is every unknown field.': '语音回答。未知字段也丢弃。',
  'Its text, otherwise its summary, and `encrypted_content`.':
    '正文，没有时为摘要；以及 `encrypted_content`。',
  'So is `custom_tool_call`.': '`custom_tool_call` 也传递。',
  'With `incomplete_details.reason`, as the finish reason.':
    '连同 `incomplete_details.reason` 作为结束原因。',
  'So are all items of tools that the service runs itself, under their types.':
    '由服务执行的工具的项都按类型丢弃。',
  'Of a call; so is every unknown field, event and item.': '工具调用的字段；未知的字段、事件与项也丢弃。',
  'with its signature; so is `redacted_thinking`': '连同签名；`redacted_thinking` 也传递',
  "as the client's format calls it; `stop_sequence` and the explanation of a refusal if the format has fields for them, otherwise reported as `response.stop_sequence` and `response.stop_details`":
    '换成客户端格式的用语；`stop_sequence` 与拒答说明在有位置时传递，否则以 `response.stop_sequence`、`response.stop_details` 列出',
  "with `service_tier`, if the client's format has such counts":
    '包括 `service_tier`，客户端格式有此类计数时',
  'so are results of tools that the service ran, and unknown blocks, under their types':
    '由服务执行的工具的结果与未知块也按类型丢弃',
  'sources with an address; their quoted text is `content` in chat, and reported as `response.cited_text` in responses':
    '有网址的来源；来源原文在 chat 中为 `content`，在 responses 中以 `response.cited_text` 列出',
  'sources without an address, such as documents of the request; of other sources, `response.encrypted_index`':
    '没有网址的来源，例如请求中的文档；其余来源的 `response.encrypted_index` 也丢弃',
  'so is every unknown field and event': '未知的字段与事件也丢弃',
  'Thoughts as reasoning, with their signatures.': '思考连同签名作为推理内容。',
  'With its signature.': '连同签名。',
  "In the words of the client's format; `blockReason` and `finishMessage` as the explanation of a refusal.":
    '换成客户端格式的用语；`blockReason` 与 `finishMessage` 作为拒答说明。',
  'Images and sounds of the model.': '模型生成的图片与声音。',
  'So is `response.codeExecutionResult`.': '`response.codeExecutionResult` 也丢弃。',
  'Sources with an address, and their places in the text; so is `citationMetadata`. Searches are counted.':
    '有网址的来源及其在文本中的位置；`citationMetadata` 也传递。搜索次数会计入。',
  'So is other information about a search, under its name.': '搜索的其他信息也按名称丢弃。',
};

/** The table of a format as the pages show it. @throws Error for a note without a translation */
export function fieldTable(fields: readonly FieldFate[], language: 'en' | 'zh'): string {
  const rows = fields
    .toSorted((a, b) => ORDER.indexOf(a.fate) - ORDER.indexOf(b.fate))
    .map(({ field, fate, note }) =>
      language === 'en'
        ? `| \`${field}\` | ${fate} | ${note} |`
        : `| \`${field}\` | ${FATES[fate]} | ${translated(note)} |`,
    );
  const head = language === 'en' ? '| field | becomes | note |' : '| 字段 | 处理 | 说明 |';
  return [head, '| --- | --- | --- |', ...rows].join('\n');
}

function translated(note: string): string {
  const text = note === '' ? '' : NOTES[note];
  if (text === undefined) throw new Error(`test/support/field-tables.ts has no Chinese for: ${note}`);
  return text;
}
