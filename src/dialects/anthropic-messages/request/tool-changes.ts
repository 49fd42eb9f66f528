import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { checkList, checkObject, checkText, isAbsent } from '../../checks.js';

/** A tool that a request declares, and its path. */
export interface Declared {
  readonly tool: JsonObject;
  readonly path: string;
}

/**
 * The tools of a request after its system messages have added and removed some, in order of
 * declaration. An addition that only names a tool refers to one of `tools`. Wire format:
 * `tool_addition` and `tool_removal` of
 * https://platform.claude.com/docs/en/api/beta/messages/create
 * @param dropped receives `tools` if a change concerns tools that the service itself would run
 * @throws InvalidRequestError
 */
export function declaredTools({ tools, messages }: JsonObject, dropped: Set<string>): Declared[] {
  const said = isAbsent(tools) ? [] : checkList(tools, 'tools');
  const all = said.map((each, index) => ({
    tool: checkObject(each, `tools[${index}]`),
    path: `tools[${index}]`,
  }));
  let present: Declared[] = all;
  for (const { block, path } of changesIn(messages)) {
    const change = checkObject(block['tool'], `${path}.tool`);
    const type = checkText(change['type'], `${path}.tool.type`);
    const isDefinition = type === 'tool_definition' && block['type'] === 'tool_addition';
    if (isDefinition) {
      const at = `${path}.tool.definition`;
      const tool = checkObject(change['definition'], at);
      present = [...without(present, tool['name']), { tool, path: at }];
    } else if (type === 'tool_reference') {
      const name = checkText(change['name'], `${path}.tool.name`);
      const isThere = present.some(({ tool }) => tool['name'] === name);
      if (block['type'] === 'tool_removal') present = without(present, name);
      else if (!isThere) present = [...present, ...all.filter(({ tool }) => tool['name'] === name)];
    } else dropped.add('tools');
  }
  return present;
}

function without(tools: readonly Declared[], name: unknown): Declared[] {
  return tools.filter(({ tool }) => tool['name'] !== name);
}

function changesIn(messages: unknown): { readonly block: JsonObject; readonly path: string }[] {
  return (Array.isArray(messages) ? (messages as readonly unknown[]) : []).flatMap((message, at) => {
    if (!isJsonObject(message) || message['role'] !== 'system' || !Array.isArray(message['content']))
      return [];
    return (message['content'] as readonly unknown[]).flatMap((block, index) => {
      const isChange =
        isJsonObject(block) && (block['type'] === 'tool_addition' || block['type'] === 'tool_removal');
      return isChange ? [{ block, path: `messages[${at}].content[${index}]` }] : [];
    });
  });
}
