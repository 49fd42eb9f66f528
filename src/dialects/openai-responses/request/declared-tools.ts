import { type Tool } from '../../../conversation/prompt.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { checkList, checkObject, checkText, isAbsent } from '../../checks.js';
import { CLIENT_RUN } from './client-run-tools.js';
import { ToolNames } from './tool-names.js';

/** The tools of a request that the client runs, in order of declaration. */
export interface DeclaredTools {
  readonly tools: readonly Tool[];
  readonly names: ToolNames;
  /** Tools that the service of this format would run itself, such as `tools.web_search`. */
  readonly dropped: readonly string[];
}

/**
 * Reads `tools` and the tools that later turns add: newer clients load tools when the model
 * searches for them.
 * @throws InvalidRequestError
 */
export function declaredTools({ tools, input }: JsonObject): DeclaredTools {
  const reading = new Reading();
  reading.readAll(tools, 'tools');
  if (Array.isArray(input)) {
    for (const [index, item] of (input as readonly unknown[]).entries()) {
      if (
        isJsonObject(item) &&
        (item['type'] === 'additional_tools' || item['type'] === 'tool_search_output')
      )
        reading.readAll(item['tools'], `input[${index}].tools`);
    }
  }
  return { tools: reading.tools, names: reading.names, dropped: [...reading.dropped] };
}

class Reading {
  readonly tools: Tool[] = [];
  readonly names = new ToolNames();
  readonly dropped = new Set<string>();

  readAll(tools: unknown, path: string, namespace?: string): void {
    if (isAbsent(tools)) return;
    for (const [index, value] of checkList(tools, path).entries()) {
      const at = `${path}[${index}]`;
      const tool = checkObject(value, at);
      this.#read(tool, checkText(tool['type'], `${at}.type`), at, namespace);
    }
  }

  #read(tool: JsonObject, type: string, path: string, namespace?: string): void {
    switch (type) {
      case 'function': {
        // Accepts the form of chat completions as well.
        const said = isJsonObject(tool['function']) ? tool['function'] : tool;
        const { parameters, strict } = said;
        const name = this.names.add({
          kind: 'function',
          name: checkText(said['name'], `${path}.name`),
          namespace,
        });
        const schema = isAbsent(parameters)
          ? { type: 'object', properties: {} }
          : checkObject(parameters, `${path}.parameters`);
        this.#add(name, said, {
          parameters: schema,
          ...(typeof strict === 'boolean' && { isStrict: strict }),
        });
        return;
      }
      case 'custom': {
        const { format } = tool;
        const name = this.names.add({
          kind: 'custom',
          name: checkText(tool['name'], `${path}.name`),
          namespace,
        });
        const isPlain = !isJsonObject(format) || format['type'] === 'text';
        this.#add(name, tool, { isCustom: true, ...(!isPlain && { format }) });
        return;
      }
      case 'namespace':
        this.#readGroup(tool, path);
        return;
      default: {
        const own = CLIENT_RUN.find((each) => each.kind === type && each.isRunByClient(tool));
        if (own === undefined) {
          this.dropped.add(`tools.${type}`);
          return;
        }
        const { kind, description, parameters } = own;
        const schema = isJsonObject(tool['parameters']) ? tool['parameters'] : parameters;
        this.#add(this.names.add({ kind, name: kind }), { description, ...tool }, { parameters: schema });
      }
    }
  }

  /** Other formats have no groups, so the description of a group is given with its first tool. */
  #readGroup({ name, description, tools }: JsonObject, path: string): void {
    const at = this.tools.length;
    const group = checkText(name, `${path}.name`);
    this.readAll(tools, `${path}.tools`, group);
    const first = this.tools[at];
    if (first === undefined || typeof description !== 'string' || description === '') return;
    const about = `The tools of ${group}: ${description}`;
    const own = first.description === undefined ? '' : `\n\n${first.description}`;
    this.tools[at] = { ...first, description: about + own };
  }

  /** @param name undefined for a tool that exists already */
  #add(name: string | undefined, { description }: JsonObject, rest: Partial<Tool>): void {
    if (name === undefined) return;
    this.tools.push({ name, ...(typeof description === 'string' && { description }), ...rest });
  }
}
