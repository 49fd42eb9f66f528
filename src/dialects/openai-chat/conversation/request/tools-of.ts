import { type Tool, type ToolChoice } from '../../../../conversation/prompt.js';
import { type JsonObject, isJsonObject } from '../../../../protocol/json.js';
import { checkFlag, checkList, checkObject, checkText, invalid, isAbsent } from '../../../checks.js';

const NO_ARGUMENTS = { type: 'object', properties: {} } as const;

export interface ToolWishes {
  readonly tools: readonly Tool[];
  readonly choice: ToolChoice | undefined;
  /** The field that selects a tool, if no tool is left. */
  readonly lostChoice: 'tool_choice' | 'function_call' | undefined;
  /** Types of tools that only the service itself could run, such as `web_search`. */
  readonly hosted: readonly string[];
}

/**
 * The tools of a request and the tool choice.
 * @throws InvalidRequestError
 */
export function toolsOf(body: JsonObject): ToolWishes {
  const hosted = new Set<string>();
  const tools: Tool[] = [];
  for (const [index, given] of optionalList(body['tools'], 'tools').entries()) {
    const tool = toolOf(checkObject(given, `tools[${index}]`), `tools[${index}]`);
    if (typeof tool === 'string') hosted.add(tool);
    else tools.push(tool);
  }
  for (const [index, given] of optionalList(body['functions'], 'functions').entries())
    tools.push(functionOf(checkObject(given, `functions[${index}]`), `functions[${index}]`));
  const { choice, allowed } = choiceOf(body);
  const usable = allowed === undefined ? tools : tools.filter(({ name }) => allowed.has(name));
  // Without tools, services refuse a tool choice.
  const isLost = usable.length === 0 && (choice?.kind === 'required' || choice?.kind === 'tool');
  return {
    tools: usable,
    choice: usable.length === 0 ? undefined : choice,
    lostChoice: isLost ? (isAbsent(body['tool_choice']) ? 'function_call' : 'tool_choice') : undefined,
    hosted: [...hosted],
  };
}

/** @returns the type as a text if the tool is not one that the client runs */
function toolOf(tool: JsonObject, path: string): Tool | string {
  const type = checkText(
    tool['type'] ?? (isJsonObject(tool['function']) ? 'function' : undefined),
    `${path}.type`,
  );
  const cache = isJsonObject(tool['cache_control']) ? { cache: tool['cache_control'] } : {};
  if (type === 'function')
    return { ...functionOf(checkObject(tool['function'], `${path}.function`), `${path}.function`), ...cache };
  if (type !== 'custom') return type;
  const { name, description, format } = checkObject(tool['custom'], `${path}.custom`);
  return {
    name: checkText(name, `${path}.custom.name`),
    ...(!isAbsent(description) && { description: checkText(description, `${path}.custom.description`) }),
    isCustom: true,
    ...(!isAbsent(format) && { format }),
    ...cache,
  };
}

function functionOf({ name, description, parameters, strict }: JsonObject, path: string): Tool {
  const isStrict = checkFlag(strict, `${path}.strict`);
  return {
    name: checkText(name, `${path}.name`),
    ...(!isAbsent(description) && { description: checkText(description, `${path}.description`) }),
    parameters: isAbsent(parameters) ? NO_ARGUMENTS : checkObject(parameters, `${path}.parameters`),
    ...(isStrict !== undefined && { isStrict }),
  };
}

interface Choice {
  readonly choice?: ToolChoice;
  /** The names of the allowed tools, if not all are allowed. */
  readonly allowed?: ReadonlySet<string>;
}

function choiceOf({ tool_choice: given, function_call: deprecated }: JsonObject): Choice {
  if (!isAbsent(given))
    return isJsonObject(given) ? namedChoice(given) : { choice: wordChoice(given, 'tool_choice') };
  if (isAbsent(deprecated)) return {};
  if (!isJsonObject(deprecated)) return { choice: wordChoice(deprecated, 'function_call') };
  return { choice: { kind: 'tool', name: checkText(deprecated['name'], 'function_call.name') } };
}

function wordChoice(given: unknown, path: string): ToolChoice {
  const word = checkText(given, path);
  // Mistral's name for the same choice.
  if (word === 'any') return { kind: 'required' };
  if (word === 'auto' || word === 'none' || word === 'required') return { kind: word };
  throw invalid(path, `'${path}' must be 'auto', 'none', 'required', or an object that names a tool.`);
}

function namedChoice(given: JsonObject): Choice {
  const type = checkText(given['type'], 'tool_choice.type');
  if (type === 'function' || type === 'custom') {
    const path = `tool_choice.${type}`;
    return {
      choice: { kind: 'tool', name: checkText(checkObject(given[type], path)['name'], `${path}.name`) },
    };
  }
  if (type === 'auto' || type === 'none' || type === 'required') return { choice: { kind: type } };
  if (type !== 'allowed_tools')
    throw invalid('tool_choice.type', "'tool_choice.type' must be 'function', 'custom' or 'allowed_tools'.");
  const path = 'tool_choice.allowed_tools';
  const { mode, tools } = checkObject(given[type], path);
  const names = checkList(tools, `${path}.tools`).map((tool, index) =>
    nameIn(tool, `${path}.tools[${index}]`),
  );
  if (mode !== 'auto' && mode !== 'required')
    throw invalid(`${path}.mode`, `'${path}.mode' must be 'auto' or 'required'.`);
  return { choice: { kind: mode }, allowed: new Set(names) };
}

/** @returns empty for a tool that the client does not run, which has no name */
function nameIn(tool: unknown, path: string): string {
  const known = checkObject(tool, path);
  const kind = isJsonObject(known['custom']) ? 'custom' : 'function';
  if (known['type'] !== undefined && known['type'] !== 'function' && known['type'] !== 'custom') return '';
  return checkText(checkObject(known[kind], `${path}.${kind}`)['name'], `${path}.${kind}.name`);
}

function optionalList(value: unknown, path: string): readonly unknown[] {
  return isAbsent(value) ? [] : checkList(value, path);
}
