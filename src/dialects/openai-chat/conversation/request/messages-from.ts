import {
  type FilePart,
  type ImagePart,
  type Part,
  type Prompt,
  type ReasoningPart,
  type Source,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
  type Turn,
} from '../../../../conversation/prompt.js';
import { createHash } from 'node:crypto';
import { type JsonObject } from '../../../../protocol/json.js';
import { invalid } from '../../../checks.js';
import { argumentsOfInput } from '../../../translating/custom-tools.js';
import { failedText } from '../../../translating/failed-result.js';
import { NAME, callFieldsOf, detailOf } from '../reasoning-details.js';

/** OpenAI refuses longer ids of tool calls. */
const MAX_ID = 40;
/** The text of a tool message whose result consists of images, which follow in the next message. */
const SEE_BELOW = '(The result is in the next message.)';

type Media = ImagePart | FilePart;

/**
 * The instructions and turns of a prompt as messages.
 * @throws InvalidRequestError for anything that messages cannot express
 */
export function messagesFrom({ system, turns }: Prompt): JsonObject[] {
  const messages: JsonObject[] = [];
  if (system.length > 0) messages.push({ role: 'system', content: paragraphs(system) });
  for (let at = 0; at < turns.length;) {
    const { role } = turns[at]!;
    let end = at + 1;
    while (end < turns.length && turns[end]!.role === role) end++;
    const run = turns.slice(at, end);
    if (role === 'assistant') messages.push(...assistantMessages(run));
    else if (role === 'user') messages.push(...userMessages(run));
    else for (const { parts } of run) messages.push({ role, content: paragraphs(parts.filter(isText)) });
    at = end;
  }
  return messages;
}

/** Merges the turns into one message, because the results of calls must follow them directly. */
function assistantMessages(run: readonly Turn[]): JsonObject[] {
  const parts = run.flatMap((turn) => turn.parts);
  const calls = parts.filter((part) => part.kind === 'tool-call');
  const thoughts = parts.filter(isOwnReasoning);
  const texts = run.map((turn) => joined(turn.parts.filter(isText))).filter((text) => text !== '');
  if (texts.length === 0 && calls.length === 0 && thoughts.length === 0) return [];
  const details = thoughts.map(detailOf).filter((detail) => detail !== undefined);
  const reasoning = joined(thoughts);
  const text = texts.join('\n\n');
  return [
    {
      role: 'assistant',
      content: text === '' && calls.length > 0 ? null : text,
      ...(reasoning !== '' && { reasoning_content: reasoning }),
      ...(details.length > 0 && { reasoning_details: details }),
      ...(calls.length > 0 && { tool_calls: calls.map(callFrom) }),
    },
  ];
}

/** Whether a service of this format has sent this reasoning; only such reasoning is sent back. */
export function isOwnReasoning(part: Part): part is ReasoningPart {
  return part.kind === 'reasoning' && part.seal?.dialect === NAME;
}

function callFrom({ id, name, arguments: text, isCustom, seal }: ToolCallPart): JsonObject {
  const given = isCustom === true ? argumentsOfInput(text) : text;
  return {
    id: shortId(id),
    type: 'function',
    function: { name, arguments: given.trim() === '' ? '{}' : given },
    ...(seal?.dialect === NAME && callFieldsOf(seal)),
  };
}

/**
 * Tool results come first, as calls require; their images and files follow, because only user
 * messages can contain any.
 */
function userMessages(run: readonly Turn[]): JsonObject[] {
  const results = run.flatMap(({ parts }) => parts.filter((part) => part.kind === 'tool-result'));
  const [first = [], ...others] = run
    .map(({ parts }) => parts.filter((part) => part.kind !== 'tool-result'))
    .filter((parts) => parts.length > 0);
  const shown = results.flatMap((result): Part[] => {
    const media = result.parts.filter(isMedia);
    if (media.length === 0) return [];
    return [{ kind: 'text', text: `The result of tool call ${shortId(result.id)}:` }, ...media];
  });
  return [
    ...results.map(resultMessage),
    ...userMessage([...shown, ...first]),
    ...others.flatMap(userMessage),
  ];
}

function resultMessage({ id, parts, isError }: ToolResultPart): JsonObject {
  const text = paragraphs(parts.filter(isText));
  const said = text === '' && parts.some(isMedia) ? SEE_BELOW : text;
  return { role: 'tool', tool_call_id: shortId(id), content: isError === true ? failedText(said) : said };
}

function userMessage(parts: readonly Part[]): JsonObject[] {
  const content = parts.flatMap(contentOf);
  if (content.length === 0) return [];
  const [first, ...others] = content;
  const isPlain = others.length === 0 && first!['type'] === 'text';
  return [{ role: 'user', content: isPlain ? first!['text'] : content }];
}

function contentOf(part: Part): JsonObject[] {
  switch (part.kind) {
    case 'text':
      return part.text === '' ? [] : [{ type: 'text', text: part.text }];
    case 'image': {
      const { source, detail } = part;
      return [
        { type: 'image_url', image_url: { url: urlOf(source), ...(detail !== undefined && { detail }) } },
      ];
    }
    case 'audio':
      return [{ type: 'input_audio', input_audio: { data: part.data, format: part.format } }];
    case 'file':
      return [fileContent(part)];
    default:
      return [];
  }
}

function fileContent({ source, name }: FilePart): JsonObject {
  const named = name === undefined ? {} : { filename: name };
  if (source.kind === 'id') return { type: 'file', file: { file_id: source.id, ...named } };
  if (source.kind === 'data' && source.mediaType.startsWith('text/')) {
    const text = Buffer.from(source.data, 'base64').toString();
    return { type: 'text', text: name === undefined ? text : `${name}:\n\n${text}` };
  }
  return { type: 'file', file: { filename: name ?? 'document.pdf', file_data: urlOf(source) } };
}

function urlOf(source: Source): string {
  if (source.kind === 'data') return `data:${source.mediaType};base64,${source.data}`;
  if (source.kind === 'url') return source.url;
  throw invalid(
    'messages',
    'An image that another service keeps cannot be shown to this model: send it as data or URL.',
  );
}

/** Shortens an id in the same way for a call and its results. */
function shortId(id: string): string {
  if (id.length <= MAX_ID) return id;
  return `call_${createHash('sha256')
    .update(id)
    .digest('base64url')
    .slice(0, MAX_ID - 'call_'.length)}`;
}

function isText(part: Part): part is TextPart {
  return part.kind === 'text';
}

export function isMedia(part: Part): part is Media {
  return part.kind === 'image' || part.kind === 'file';
}

function joined(parts: readonly { readonly text: string }[]): string {
  return parts.map(({ text }) => text).join('');
}

function paragraphs(parts: readonly TextPart[]): string {
  return parts.map(({ text }) => text).join('\n\n');
}
