import {
  type Part,
  type ReasoningPart,
  type Seal,
  type ToolResultPart,
} from '../../../conversation/prompt.js';
import { type JsonObject, isJsonObject, stringifyJson } from '../../../protocol/json.js';
import { sealOfText } from '../../translating/seals.js';
import { OPENAI_RESPONSES_NAME } from '../name.js';
import { checkObject, checkText, invalid, isAbsent, wrongType } from '../../checks.js';
import { CLIENT_RUN, argumentsText } from './client-run-tools.js';
import { contentOf, isOutputList } from './content.js';
import { type ToolKind, type ToolNames } from './tool-names.js';
import { type Entry } from './turns.js';

/**
 * Items that ask for something other than a reply, or for code that only a service of this format
 * can run.
 */
const REFUSED: ReadonlySet<string> = new Set(['compaction_trigger', 'program', 'program_output']);
const ROLES: Readonly<Record<string, 'system' | 'user' | 'assistant'>> = {
  user: 'user',
  assistant: 'assistant',
  system: 'system',
  developer: 'system',
};

/** Reads the input items of a request. */
export class InputItems {
  readonly entries: Entry[] = [];
  /** Items that no other service can read, such as `input.web_search_call`. */
  readonly dropped = new Set<string>();
  /** Call ids by item id; the results of one type of call refer to items. */
  readonly #callIds = new Map<string, string>();

  constructor(private readonly names: ToolNames) {}

  /** @throws InvalidRequestError */
  read(input: unknown): void {
    if (typeof input === 'string') {
      if (input !== '') this.entries.push({ kind: 'user', parts: [{ kind: 'text', text: input }] });
      return;
    }
    for (const [index, item] of (input as readonly unknown[]).entries()) this.#read(item, `input[${index}]`);
  }

  #read(value: unknown, path: string): void {
    const item = checkObject(value, path);
    const type = isAbsent(item['type']) ? guessedType(item) : checkText(item['type'], `${path}.type`);
    switch (type) {
      case 'message':
        this.#readMessage(item, path);
        return;
      case 'reasoning':
        this.#readReasoning(item);
        return;
      case 'function_call':
        this.#addCall(item, 'function', path, argumentsText(item['arguments']));
        return;
      case 'custom_tool_call':
        this.#addCall(item, 'custom', path, checkText(item['input'], `${path}.input`));
        return;
      case 'function_call_output':
      case 'custom_tool_call_output':
        this.#addResult(item, path, outputOf(item['output'], `${path}.output`));
        return;
      case 'item_reference':
        throw invalid(
          path,
          `'${path}' refers to an item that is kept elsewhere; this gateway keeps none. Send the item itself.`,
        );
      // Already read for the tools and settings that it changes.
      case 'additional_tools':
      case 'configuration_update':
        return;
      default:
        this.#readOther(type, item, path);
    }
  }

  #readMessage(item: JsonObject, path: string): void {
    const role = checkText(item['role'], `${path}.role`);
    const kind = ROLES[role];
    if (kind === undefined)
      throw invalid(`${path}.role`, `'${path}.role' must be user, assistant, system or developer.`);
    this.entries.push({ kind, parts: contentOf(item['content'], `${path}.content`) });
  }

  /** Never throws, because reasoning is history and may be irrelevant by now. */
  #readReasoning({ summary, content, encrypted_content: sealed }: JsonObject): void {
    const text = textsOf(content, '') || textsOf(summary, '\n\n');
    const seal =
      typeof sealed === 'string' && sealed !== '' ? sealOfText(sealed, OPENAI_RESPONSES_NAME) : undefined;
    const ofCall = seal && sealOfCall(seal);
    if (ofCall !== undefined) this.entries.push({ kind: 'seal', ...ofCall });
    else if (text !== '' || seal !== undefined) {
      const part: ReasoningPart = { kind: 'reasoning', text, ...(seal !== undefined && { seal }) };
      this.entries.push({ kind: 'assistant', parts: [part] });
    }
  }

  #readOther(type: string, item: JsonObject, path: string): void {
    if (REFUSED.has(type))
      throw invalid(`${path}.type`, `Items of type '${type}' cannot be sent to this model.`);
    const tool = CLIENT_RUN.find(({ callType, outputType }) => callType === type || outputType === type);
    // A search by the service itself: the tools that it found are among the tools.
    const isOfService = tool?.kind === 'tool_search' && isAbsent(item['call_id']);
    if (tool === undefined || isOfService) {
      if (!isOfService || asksForTools(item)) this.dropped.add(`input.${type}`);
      return;
    }
    if (tool.callType === type)
      this.#addCall({ name: tool.kind, ...item }, tool.kind, path, argumentsText(tool.argumentsOf(item)));
    else if (tool.kind === 'tool_search') this.#addResult(item, path, this.#foundTools(item['tools']));
    else {
      const { output, status } = item;
      const said = isAbsent(output) ? (status ?? '') : output;
      this.#addResult(item, path, outputOf(said, `${path}.output`), status === 'failed');
    }
  }

  #addCall(item: JsonObject, kind: ToolKind, path: string, text: string): void {
    const { call_id: callId, id, namespace } = item;
    const given = isAbsent(callId) ? id : callId;
    const call = checkText(given, `${path}.call_id`);
    if (typeof id === 'string') this.#callIds.set(id, call);
    const name = checkText(item['name'], `${path}.name`);
    const tool = { kind, name, ...(typeof namespace === 'string' && namespace !== '' && { namespace }) };
    const part: Part = {
      kind: 'tool-call',
      id: call,
      name: this.names.flatOf(tool),
      arguments: text,
      ...(kind === 'custom' && { isCustom: true }),
    };
    this.entries.push({ kind: 'assistant', parts: [part] });
  }

  #addResult(item: JsonObject, path: string, parts: ToolResultPart['parts'], isError = false): void {
    const { call_id: callId, id } = item;
    const given = isAbsent(callId) ? id : callId;
    const call = isAbsent(given) ? '' : checkText(given, `${path}.call_id`);
    const result: ToolResultPart = {
      kind: 'tool-result',
      id: this.#callIds.get(call) ?? call,
      parts,
      ...(isError && { isError }),
    };
    this.entries.push({ kind: 'result', result });
  }

  /**
   * The result of a search for tools: only their names, because everything else about them is in
   * the tools of the prompt.
   */
  #foundTools(tools: unknown): ToolResultPart['parts'] {
    const found = (Array.isArray(tools) ? (tools as readonly unknown[]) : []).flatMap((tool) =>
      this.#namesOf(tool),
    );
    return [{ kind: 'text', text: stringifyJson({ tools: found }) }];
  }

  #namesOf(tool: unknown): readonly string[] {
    if (!isJsonObject(tool) || typeof tool['name'] !== 'string') return [];
    const { type, name, tools } = tool;
    if (type !== 'namespace' || !Array.isArray(tools))
      return [this.names.flatOf({ kind: type === 'custom' ? 'custom' : 'function', name })];
    return (tools as readonly unknown[]).filter(isJsonObject).map((each) =>
      this.names.flatOf({
        kind: each['type'] === 'custom' ? 'custom' : 'function',
        name: String(each['name']),
        namespace: name,
      }),
    );
  }
}

/** Whether a search for tools has arguments; without any, its loss is not reported. */
function asksForTools({ arguments: said }: JsonObject): boolean {
  return isJsonObject(said) && Object.keys(said).length > 0;
}

/**
 * The seal of one call and the id of that call, if the seal of an item contains them, as the writer
 * of responses writes them.
 */
function sealOfCall({ dialect, value }: Seal): { call: string; seal: Seal } | undefined {
  if (dialect !== OPENAI_RESPONSES_NAME || !isJsonObject(value)) return undefined;
  const { call, seal } = value;
  if (typeof call !== 'string' || !isJsonObject(seal) || typeof seal['dialect'] !== 'string')
    return undefined;
  return { call, seal: { dialect: seal['dialect'], value: seal['value'] } };
}

/** Messages often have no type, and references may have none. */
function guessedType(item: JsonObject): string {
  const isReference =
    item['role'] === undefined && item['content'] === undefined && typeof item['id'] === 'string';
  return isReference ? 'item_reference' : 'message';
}

function outputOf(output: unknown, path: string): ToolResultPart['parts'] {
  if (output === undefined) throw wrongType(output, path, 'a string or an array');
  if (typeof output === 'string' || isOutputList(output)) {
    const parts = contentOf(output, path);
    const odd = parts.findIndex(({ kind }) => kind !== 'text' && kind !== 'image' && kind !== 'file');
    if (odd >= 0) throw invalid(`${path}[${odd}].type`, 'The output of a tool is text, images and files.');
    return parts as ToolResultPart['parts'];
  }
  return [{ kind: 'text', text: stringifyJson(output) }];
}

function textsOf(parts: unknown, between: string): string {
  if (typeof parts === 'string') return parts;
  if (!Array.isArray(parts)) return '';
  return (parts as readonly unknown[])
    .map((part) => (isJsonObject(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .filter((text) => text !== '')
    .join(between);
}
