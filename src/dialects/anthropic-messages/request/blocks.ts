import {
  type FilePart,
  type ImagePart,
  type Part,
  type TextPart,
  type ToolResultPart,
  type Turn,
} from '../../../conversation/prompt.js';
import { type JsonObject, stringifyJson } from '../../../protocol/json.js';
import { redactedSeal, sealOfSignature } from '../thinking.js';
import { checkContent, checkFlag, checkObject, checkText, invalid, isAbsent } from '../../checks.js';
import { documentParts, searchResult, sourceOf } from './documents.js';
import { cacheOf, textPart } from './text-part.js';

type Plain = TextPart | ImagePart | FilePart;

/**
 * Blocks about tools that a service ran, and about summaries; clients may send them in messages of
 * either role.
 */
const OF_REPLIES =
  /^(?:server_tool_use|mcp_tool_use|mcp_tool_listing|compaction|fallback|[a-z_]+_tool_result)$/;
/** Blocks with which a system message changes the tools; they are read with the tools. */
const TOOL_CHANGES: ReadonlySet<string> = new Set(['tool_addition', 'tool_removal']);

/**
 * The parts of a message's content. Empty texts are omitted, because services refuse them.
 * @param path path of the content
 * @throws InvalidRequestError
 */
export function partsOf(content: unknown, role: Turn['role'], path: string): Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }];
  return checkContent(content, path).flatMap((each, index) => {
    const at = `${path}[${index}]`;
    const block = checkObject(each, at);
    const type = checkText(block['type'], `${at}.type`);
    if (type === 'text') return nonEmpty(textPart(block, at));
    if (role === 'system') {
      if (TOOL_CHANGES.has(type)) return [];
      throw invalid(`${at}.type`, `'${at}.type' must be 'text' in a system message.`);
    }
    return role === 'user' ? userParts(block, type, at) : assistantParts(block, type, at);
  });
}

function userParts(block: JsonObject, type: string, at: string): Part[] {
  if (type === 'tool_result') return [toolResult(block, at)];
  const parts = plainParts(block, type, at);
  if (parts !== undefined) return parts;
  if (OF_REPLIES.test(type)) return nonEmpty({ kind: 'text', text: inWords(block, type) });
  throw invalid(`${at}.type`, `'${at}.type' is no block that can be sent to this model.`);
}

/**
 * Parts of an assistant message. Blocks of tools that the service ran, and unknown blocks, become
 * text.
 */
function assistantParts(block: JsonObject, type: string, at: string): Part[] {
  switch (type) {
    case 'thinking': {
      const text = isAbsent(block['thinking']) ? '' : checkText(block['thinking'], `${at}.thinking`);
      const seal = sealOfSignature(block['signature']);
      if (text === '' && seal === undefined) return [];
      return [{ kind: 'reasoning', text, ...(seal !== undefined && { seal }) }];
    }
    case 'redacted_thinking':
      return [{ kind: 'reasoning', text: '', seal: redactedSeal(checkText(block['data'], `${at}.data`)) }];
    case 'tool_use':
      return [
        {
          kind: 'tool-call',
          id: checkText(block['id'], `${at}.id`),
          name: checkText(block['name'], `${at}.name`),
          arguments: stringifyJson(block['input'] ?? {}),
          ...cacheOf(block),
        },
      ];
    case 'tool_result':
      throw invalid(`${at}.type`, `'${at}.type' must not be 'tool_result' in a message of the assistant.`);
    default:
      return plainParts(block, type, at) ?? nonEmpty({ kind: 'text', text: inWords(block, type) });
  }
}

function toolResult(block: JsonObject, at: string): ToolResultPart {
  const isError = checkFlag(block['is_error'], `${at}.is_error`);
  return {
    kind: 'tool-result',
    id: checkText(block['tool_use_id'], `${at}.tool_use_id`),
    parts: resultParts(block['content'], `${at}.content`),
    ...(isError === true && { isError }),
    ...cacheOf(block),
  };
}

function resultParts(content: unknown, path: string): Plain[] {
  if (isAbsent(content) || content === '') return [];
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  return checkContent(content, path).flatMap((each, index) => {
    const at = `${path}[${index}]`;
    const block = checkObject(each, at);
    const type = checkText(block['type'], `${at}.type`);
    if (type === 'text') return nonEmpty(textPart(block, at));
    return plainParts(block, type, at) ?? nonEmpty({ kind: 'text', text: inWords(block, type) });
  });
}

/** @returns undefined for blocks of other kinds */
function plainParts(block: JsonObject, type: string, at: string): Plain[] | undefined {
  switch (type) {
    case 'image':
      return [{ kind: 'image', source: sourceOf(block['source'], `${at}.source`), ...cacheOf(block) }];
    case 'document':
      return documentParts(block, at);
    case 'search_result':
      return nonEmpty(searchResult(block, at));
    // All tools are sent, so the referenced one is among them.
    case 'tool_reference':
      return nonEmpty({ kind: 'text', text: checkText(block['tool_name'], `${at}.tool_name`) });
    default:
      return undefined;
  }
}

/** Summaries of earlier turns become text, other blocks their JSON without encrypted fields. */
function inWords(block: JsonObject, type: string): string {
  if (type === 'compaction') return typeof block['content'] === 'string' ? block['content'] : '';
  const { type: _type, id: _id, tool_use_id: _call, cache_control: _cache, caller: _caller, ...rest } = block;
  return `[${type}] ${stringifyJson(legible(rest))}`;
}

function legible(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(legible);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !/^encrypted_|signature$/.test(name))
      .map(([name, child]) => [name, legible(child)]),
  );
}

function nonEmpty(part: TextPart): TextPart[] {
  return part.text === '' ? [] : [part];
}
