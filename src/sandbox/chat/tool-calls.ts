import { type ChatRequest, type SandboxTool, isObject } from './chat-request.js';
import { sampleOf } from './schema-sample.js';

export interface SandboxToolCall {
  readonly name: string;
  /** JSON text, as on the wire. */
  readonly arguments: string;
}

/** Words in tool names that do not describe the tool. */
const EMPTY_WORDS: ReadonlySet<string> = new Set(['get', 'set', 'the', 'and', 'for', 'run', 'call', 'use']);
const CHINESE_PAIR = /[\u4e00-\u9fff]{2}/u;

/**
 * Decides which tools the reply calls: those that `tool_choice` demands, or those that the last
 * user message mentions.
 */
export function toolCallsFor(request: ChatRequest): readonly SandboxToolCall[] {
  const { tools, toolChoice } = request;
  if (tools.length === 0 || toolChoice === 'none') return [];
  const last = request.messages.at(-1);
  const text = last?.role === 'user' ? last.text.toLowerCase() : '';
  // After a tool result, the reply is text, whatever the choice: a loop with `required` must end.
  if (last?.role === 'tool') return [];
  const demanded = demandedTool(toolChoice, tools);
  let wanted = demanded === undefined ? tools.filter((tool) => isMentioned(tool, text)) : [demanded];
  if (wanted.length === 0 && (toolChoice === 'required' || /\btools?\b|工具|函数/u.test(text))) {
    wanted = tools.slice(0, 1);
  }
  if (!request.parallelToolCalls) wanted = wanted.slice(0, 1);
  return wanted.map(({ name, parameters }) => ({ name, arguments: JSON.stringify(argumentsOf(parameters)) }));
}

function argumentsOf(parameters: unknown): unknown {
  const made = sampleOf(parameters ?? { type: 'object' });
  return isObject(made) ? made : {};
}

function demandedTool(choice: unknown, tools: readonly SandboxTool[]): SandboxTool | undefined {
  if (!isObject(choice) || !isObject(choice.function)) return undefined;
  const { name } = choice.function;
  return tools.find((tool) => tool.name === name);
}

function isMentioned(tool: SandboxTool, text: string): boolean {
  if (text.includes(tool.name.toLowerCase())) return true;
  const words = tool.name
    .replace(/([a-z])([A-Z])/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);
  if (words.some((word) => word.length > 2 && !EMPTY_WORDS.has(word) && text.includes(word))) return true;
  return sharesChinesePair(tool.description, text);
}

/** Chinese has no spaces between words, and most words have two characters. */
function sharesChinesePair(description: string, text: string): boolean {
  for (let i = 0; i + 2 <= description.length; i += 1) {
    const pair = description.slice(i, i + 2);
    if (CHINESE_PAIR.test(pair) && text.includes(pair)) return true;
  }
  return false;
}
