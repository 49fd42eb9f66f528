import { createHash } from 'node:crypto';
import {
  type FilePart,
  type ImagePart,
  type Part,
  type Source,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
  type Turn,
} from '../../../conversation/prompt.js';
import { type JsonObject } from '../../../protocol/json.js';
import { failedText } from '../../translating/failed-result.js';
import { OPENAI_RESPONSES_NAME } from '../name.js';

const MAX_CALL_ID = 64;

/**
 * The turns of a conversation as items of a request. Items have no ids: the service would look them
 * up, but it stores nothing. https://platform.openai.com/docs/api-reference/responses/create
 */
export function itemsOf(turns: readonly Turn[]): readonly JsonObject[] {
  const custom = new Set(
    turns.flatMap(({ parts }) =>
      parts.flatMap((part) => (part.kind === 'tool-call' && part.isCustom === true ? [part.id] : [])),
    ),
  );
  return turns.flatMap(({ role, parts }) => itemsOfTurn(role, parts, custom));
}

/** Whether the service receives reasoning of its own. */
export function hasOwnReasoning(turns: readonly Turn[]): boolean {
  return turns.some(({ parts }) => parts.some(isOwnReasoning));
}

export function isOwnReasoning(part: Part): boolean {
  return ownSeal(part) !== undefined;
}

function itemsOfTurn(role: Turn['role'], parts: readonly Part[], custom: ReadonlySet<string>): JsonObject[] {
  const items: JsonObject[] = [];
  let content: JsonObject[] = [];
  const endMessage = (): void => {
    if (content.length > 0)
      items.push({ type: 'message', role: role === 'system' ? 'developer' : role, content });
    content = [];
  };
  for (const part of parts) {
    if (isItem(part)) {
      const item = itemOf(part, custom);
      if (item === undefined) continue;
      endMessage();
      items.push(item);
    } else content.push(contentOf(part, role));
  }
  endMessage();
  return items;
}

type ItemPart = Extract<Part, { kind: 'reasoning' | 'tool-call' | 'tool-result' }>;

/** Whether a part is an item of its own; any other part belongs to a message. */
function isItem(part: Part): part is ItemPart {
  return part.kind === 'reasoning' || part.kind === 'tool-call' || part.kind === 'tool-result';
}

/** @returns undefined for reasoning of other services */
function itemOf(part: ItemPart, custom: ReadonlySet<string>): JsonObject | undefined {
  switch (part.kind) {
    case 'reasoning': {
      const encrypted_content = ownSeal(part);
      if (encrypted_content === undefined) return undefined;
      const summary = part.text === '' ? [] : [{ type: 'summary_text', text: part.text }];
      return { type: 'reasoning', summary, encrypted_content };
    }
    case 'tool-call':
      return callOf(part);
    case 'tool-result':
      return {
        type: custom.has(part.id) ? 'custom_tool_call_output' : 'function_call_output',
        call_id: callId(part.id),
        output: outputOf(part),
      };
  }
}

function ownSeal(part: Part): string | undefined {
  if (part.kind !== 'reasoning' || part.seal?.dialect !== OPENAI_RESPONSES_NAME) return undefined;
  return typeof part.seal.value === 'string' ? part.seal.value : undefined;
}

function callOf({ id, name, arguments: text, isCustom }: ToolCallPart): JsonObject {
  return isCustom === true
    ? { type: 'custom_tool_call', call_id: callId(id), name, input: text }
    : { type: 'function_call', call_id: callId(id), name, arguments: text === '' ? '{}' : text };
}

/** Shortens ids of other services that are too long for this one. */
function callId(id: string): string {
  if (id.length <= MAX_CALL_ID) return id;
  return `call_${createHash('sha256')
    .update(id)
    .digest('hex')
    .slice(0, MAX_CALL_ID - 'call_'.length)}`;
}

function outputOf({ parts, isError }: ToolResultPart): string | JsonObject[] {
  const [first, ...others] = parts;
  const text = first?.kind === 'text' ? first.text : '';
  const said = isError === true ? failedText(text) : text;
  if (first === undefined || (first.kind === 'text' && others.length === 0)) return said;
  const rest = first.kind === 'text' ? others : parts;
  const head: readonly TextPart[] = said === '' ? [] : [{ kind: 'text', text: said }];
  return [...head, ...rest].map((part) => contentOf(part, 'user'));
}

/** Text of the model is output; all other text is input. */
function contentOf(part: Exclude<Part, ItemPart>, role: Turn['role']): JsonObject {
  switch (part.kind) {
    case 'text':
      return role === 'assistant'
        ? { type: 'output_text', text: part.text, annotations: [] }
        : { type: 'input_text', text: part.text };
    case 'image':
      return imageOf(part);
    case 'file':
      return fileOf(part);
    case 'audio':
      return { type: 'input_audio', input_audio: { data: part.data, format: part.format } };
  }
}

function imageOf({ source, detail }: ImagePart): JsonObject {
  const place = source.kind === 'id' ? { file_id: source.id } : { image_url: urlOf(source) };
  return { type: 'input_image', ...place, detail: detail ?? 'auto' };
}

/** The name of a file must tell its type. */
function fileOf({ source, name }: FilePart): JsonObject {
  switch (source.kind) {
    case 'id':
      return { type: 'input_file', file_id: source.id };
    case 'url':
      return { type: 'input_file', file_url: source.url };
    case 'data':
      return {
        type: 'input_file',
        filename: name ?? `file.${source.mediaType.split('/')[1] ?? 'bin'}`,
        file_data: urlOf(source),
      };
  }
}

function urlOf(source: Exclude<Source, { kind: 'id' }>): string {
  return source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`;
}
