import { isJsonObject, stringifyJson } from '../../protocol/json.js';

/**
 * Fields with the words of a reply, in documents and events of every format, and the fields that
 * contain them.
 */
const WORDS = [
  'choices',
  'delta',
  'message',
  'output',
  'content_block',
  'content',
  'summary',
  'text',
  'reasoning_content',
  'reasoning',
  'reasoning_details',
  'thinking',
  'refusal',
  'tool_calls',
  'function_call',
  'function',
  'custom',
  'name',
  'arguments',
  'input',
  'partial_json',
] as const;
const DEEPEST = 16;

/**
 * The words of a reply or a part of it: text, reasoning and tool calls. Repeated words count once.
 */
export function saidTexts(part: unknown): readonly string[] {
  const texts = new Set<string>();
  collect(part, texts, 0);
  return [...texts];
}

function collect(value: unknown, texts: Set<string>, depth: number): void {
  if (depth > DEEPEST) return;
  if (typeof value === 'string') {
    if (value !== '') texts.add(value);
  } else if (Array.isArray(value)) {
    for (const each of value as readonly unknown[]) {
      // The lists contain objects; no format has bare texts in them.
      if (typeof each === 'object') collect(each, texts, depth + 1);
    }
  } else if (isJsonObject(value)) {
    for (const name of WORDS) {
      const inner = value[name];
      if (inner === undefined || inner === null) continue;
      if (name === 'input' && isJsonObject(inner)) {
        if (Object.keys(inner).length > 0) texts.add(stringifyJson(inner));
      } else collect(inner, texts, depth + 1);
    }
  }
}
