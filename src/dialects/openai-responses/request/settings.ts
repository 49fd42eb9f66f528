import {
  type OutputFormat,
  type Prompt,
  type ReasoningWish,
  type Tool,
  type ToolChoice,
} from '../../../conversation/prompt.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { checkObject, checkText, invalid, isAbsent, wrongType } from '../../checks.js';
import { CLIENT_RUN } from './client-run-tools.js';
import { type ToolKind, type ToolNames } from './tool-names.js';

/**
 * Reads `text.format`.
 * @throws InvalidRequestError
 */
export function outputFormatOf(text: unknown): OutputFormat {
  if (isAbsent(text)) return { kind: 'text' };
  const said = checkObject(text, 'text')['format'];
  if (isAbsent(said)) return { kind: 'text' };
  const format = checkObject(said, 'text.format');
  const type = checkText(format['type'], 'text.format.type');
  switch (type) {
    case 'text':
      return { kind: 'text' };
    case 'json_object':
      return { kind: 'json' };
    case 'json_schema': {
      // Accepts the form of chat completions as well.
      const spec = isJsonObject(format['json_schema']) ? format['json_schema'] : format;
      const { name, description, strict } = spec;
      return {
        kind: 'schema',
        schema: checkObject(spec['schema'], 'text.format.schema'),
        ...(typeof name === 'string' && { name }),
        ...(typeof description === 'string' && { description }),
        ...(typeof strict === 'boolean' && { isStrict: strict }),
      };
    }
    default:
      throw invalid('text.format.type', "'text.format.type' must be text, json_object or json_schema.");
  }
}

/**
 * Reads `reasoning`; an empty object requests nothing.
 * @throws InvalidRequestError
 */
export function reasoningOf(reasoning: unknown): ReasoningWish | undefined {
  if (isAbsent(reasoning)) return undefined;
  const { effort, summary, generate_summary: former } = checkObject(reasoning, 'reasoning');
  const shown = summary ?? former;
  const isVisible = isAbsent(shown) ? undefined : shown !== 'none';
  if (isAbsent(effort)) return isVisible === true ? { isEnabled: true, isVisible } : undefined;
  const word = checkText(effort, 'reasoning.effort');
  return {
    isEnabled: word !== 'none',
    ...(word !== 'none' && { effort: word }),
    ...(isVisible !== undefined && { isVisible }),
  };
}

/** The tools that may be called, and which of them must be. */
type Choice = Pick<Prompt, 'tools' | 'toolChoice'> & {
  /** Whether it selects a tool that the service of this format would run itself. */
  readonly isDropped?: boolean;
};

/**
 * Reads `tool_choice`, and applies it to the tools that are left.
 * @throws InvalidRequestError
 */
export function choiceOf(value: unknown, tools: readonly Tool[], names: ToolNames): Choice {
  if (isAbsent(value)) return { tools };
  if (typeof value === 'string') {
    if (value !== 'auto' && value !== 'none' && value !== 'required')
      throw invalid('tool_choice', "'tool_choice' must be none, auto, required or an object.");
    return withChoice({ kind: value }, tools);
  }
  if (!isJsonObject(value)) throw wrongType(value, 'tool_choice', 'a string or an object');
  const type = checkText(value['type'], 'tool_choice.type');
  if (type !== 'allowed_tools') return namedChoice(value, type, tools, names);
  // Accepts the form of chat completions as well.
  const spec = isJsonObject(value['allowed_tools']) ? value['allowed_tools'] : value;
  if (!Array.isArray(spec['tools'])) throw wrongType(spec['tools'], 'tool_choice.tools', 'an array');
  const allowed = new Set(
    (spec['tools'] as readonly unknown[]).flatMap((each) => flatNamesOf(each, tools, names)),
  );
  const left = tools.filter(({ name }) => allowed.has(name));
  return withChoice({ kind: spec['mode'] === 'required' ? 'required' : 'auto' }, left);
}

function withChoice(toolChoice: ToolChoice, tools: readonly Tool[]): Choice {
  if (tools.length > 0) return { tools, toolChoice };
  return { tools, isDropped: toolChoice.kind === 'required' };
}

function namedChoice(value: JsonObject, type: string, tools: readonly Tool[], names: ToolNames): Choice {
  if ((type === 'function' || type === 'custom') && nameOf(value) === undefined)
    throw wrongType(value['name'], 'tool_choice.name', 'a string');
  const [name] = flatNamesOf(value, tools, names);
  if (name === undefined) return { tools, isDropped: true };
  return { tools, toolChoice: { kind: 'tool', name } };
}

/** The names of the tools that a choice selects; a group selects all of its tools. */
function flatNamesOf(value: unknown, tools: readonly Tool[], names: ToolNames): readonly string[] {
  if (!isJsonObject(value)) return [];
  const { type, namespace } = value;
  const name = nameOf(value);
  if (type === 'namespace')
    return tools.map((tool) => tool.name).filter((each) => names.toolOf(each).namespace === name);
  const isClientRun = CLIENT_RUN.some(({ kind }) => kind === type);
  if (type !== 'function' && type !== 'custom' && !isClientRun) return [];
  const kind = type as ToolKind;
  const flat = names.flatOf({
    kind,
    name: isClientRun ? kind : (name ?? ''),
    ...(typeof namespace === 'string' && { namespace }),
  });
  return isClientRun && !names.has(flat) ? [] : [flat];
}

function nameOf({ name, function: spec, custom }: JsonObject): string | undefined {
  const nested = isJsonObject(spec) ? spec : custom;
  const said = name ?? (isJsonObject(nested) ? nested['name'] : undefined);
  return typeof said === 'string' ? said : undefined;
}
