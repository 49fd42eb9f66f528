import { type Tool, type ToolChoice } from '../../../conversation/prompt.js';
import { type JsonObject } from '../../../protocol/json.js';
import { checkFlag, checkObject, checkText, invalid, isAbsent } from '../../checks.js';
import { TOOL, VENDOR_TOOL } from './shapes.js';
import { cacheOf } from './text-part.js';
import { declaredTools } from './tool-changes.js';
import { clientTool } from './vendor-tools.js';

interface Tools {
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
}

/**
 * The tools that the client runs. Tools that the service would have to run are dropped, and `tools`
 * is added to the dropped names. Without tools, the tool choice is dropped, too.
 * @throws InvalidRequestError
 */
export function readTools(request: JsonObject, dropped: Set<string>): Tools {
  const tools: Tool[] = [];
  const lost = new Set<unknown>();
  for (const { tool, path } of declaredTools(request, dropped)) {
    const known = toolOf(tool, path);
    if (known === undefined) {
      lost.add(tool['name']);
      dropped.add('tools');
      continue;
    }
    tools.push(known);
    (isCustom(tool) ? TOOL : VENDOR_TOOL).lost(tool, '', dropped);
  }
  return { tools, ...readChoice(request['tool_choice'], tools, lost, dropped) };
}

function isCustom({ type }: JsonObject): boolean {
  return isAbsent(type) || type === 'custom';
}

/** @returns undefined for a tool that only the service itself can run */
function toolOf(tool: JsonObject, at: string): Tool | undefined {
  if (!isCustom(tool)) {
    const known = clientTool(checkText(tool['type'], `${at}.type`), tool);
    return known && { ...known, ...cacheOf(tool) };
  }
  const isStrict = checkFlag(tool['strict'], `${at}.strict`);
  return {
    name: checkText(tool['name'], `${at}.name`),
    ...(!isAbsent(tool['description']) && {
      description: checkText(tool['description'], `${at}.description`),
    }),
    parameters: checkObject(tool['input_schema'], `${at}.input_schema`),
    ...(isStrict !== undefined && { isStrict }),
    ...cacheOf(tool),
  };
}

function readChoice(
  said: unknown,
  tools: readonly Tool[],
  lost: ReadonlySet<unknown>,
  dropped: Set<string>,
): Omit<Tools, 'tools'> {
  if (isAbsent(said)) return {};
  const choice = checkObject(said, 'tool_choice');
  const toolChoice = choiceOf(choice, lost);
  if (tools.length === 0) {
    if (toolChoice.kind === 'required') dropped.add('tool_choice');
    return {};
  }
  const isSingle = checkFlag(choice['disable_parallel_tool_use'], 'tool_choice.disable_parallel_tool_use');
  return { toolChoice, ...(isSingle === true && { parallelToolCalls: false }) };
}

function choiceOf(choice: JsonObject, lost: ReadonlySet<unknown>): ToolChoice {
  switch (checkText(choice['type'], 'tool_choice.type')) {
    case 'auto':
      return { kind: 'auto' };
    case 'any':
      return { kind: 'required' };
    case 'none':
      return { kind: 'none' };
    case 'tool': {
      const name = checkText(choice['name'], 'tool_choice.name');
      if (!lost.has(name)) return { kind: 'tool', name };
      throw invalid(
        'tool_choice.name',
        `'tool_choice.name' names a tool that this model's service cannot run.`,
      );
    }
    default:
      throw invalid('tool_choice.type', "'tool_choice.type' must be 'auto', 'any', 'tool' or 'none'.");
  }
}
