import { type JsonObject, isJsonObject, parseLosslessJson, stringifyJson } from '../../../protocol/json.js';
import { type ToolKind } from './tool-names.js';

/**
 * A built-in tool of the format that the client runs: in other formats, a function with JSON
 * arguments.
 */
interface ClientRunTool {
  readonly kind: ToolKind;
  readonly description: string;
  readonly parameters: JsonObject;
  /** The type of items that call it. */
  readonly callType: string;
  /** The type of items with its results. */
  readonly outputType: string;
  /** Prefix of the ids of its items. */
  readonly idPrefix: string;
  /** Whether the client runs this tool; some may also run at the service. */
  isRunByClient(tool: JsonObject): boolean;
  /** The arguments in the item of a call. */
  argumentsOf(item: JsonObject): unknown;
  /**
   * @returns the fields of a call's item for these arguments; undefined if they do not fit the tool
   */
  fieldsOf(parsed: JsonObject): JsonObject | undefined;
}

const TEXT = { type: 'string' };
const TEXTS = { type: 'array', items: TEXT };
const INTEGER = { type: 'integer' };

function isAlways(): boolean {
  return true;
}

/** Tools with one purpose each: https://platform.openai.com/docs/guides/tools */
export const CLIENT_RUN: readonly ClientRunTool[] = [
  {
    kind: 'local_shell',
    description: 'Runs a command on the machine of the user.',
    parameters: {
      type: 'object',
      properties: {
        command: TEXTS,
        working_directory: TEXT,
        timeout_ms: INTEGER,
        env: { type: 'object', additionalProperties: TEXT },
        user: TEXT,
      },
      required: ['command'],
    },
    callType: 'local_shell_call',
    outputType: 'local_shell_call_output',
    idPrefix: 'lsh',
    isRunByClient: isAlways,
    argumentsOf: ({ action }) => withoutType(action),
    fieldsOf({ command, env, timeout_ms, user, working_directory }) {
      const words = wordsOf(command);
      if (words === undefined) return undefined;
      return {
        action: {
          type: 'exec',
          command: words,
          env: isJsonObject(env) ? env : {},
          ...(typeof timeout_ms === 'number' && { timeout_ms }),
          ...(typeof user === 'string' && { user }),
          ...(typeof working_directory === 'string' && { working_directory }),
        },
      };
    },
  },
  {
    kind: 'shell',
    description: 'Runs shell commands on the machine of the user.',
    parameters: {
      type: 'object',
      properties: { commands: TEXTS, timeout_ms: INTEGER, max_output_length: INTEGER },
      required: ['commands'],
    },
    callType: 'shell_call',
    outputType: 'shell_call_output',
    idPrefix: 'sh',
    isRunByClient: ({ environment }) => !isJsonObject(environment) || environment['type'] === 'local',
    argumentsOf: ({ action }) => withoutType(action),
    fieldsOf({ commands, timeout_ms, max_output_length }) {
      const lines = typeof commands === 'string' ? [commands] : textsOf(commands);
      if (lines === undefined) return undefined;
      return {
        action: {
          commands: lines,
          timeout_ms: typeof timeout_ms === 'number' ? timeout_ms : null,
          max_output_length: typeof max_output_length === 'number' ? max_output_length : null,
        },
        environment: null,
      };
    },
  },
  {
    kind: 'apply_patch',
    description: 'Creates, updates or deletes a file on the machine of the user.',
    parameters: {
      type: 'object',
      properties: {
        type: { type: 'string', enum: ['create_file', 'update_file', 'delete_file'] },
        path: TEXT,
        diff: { type: 'string', description: 'In the V4A diff format; not for delete_file.' },
      },
      required: ['type', 'path'],
    },
    callType: 'apply_patch_call',
    outputType: 'apply_patch_call_output',
    idPrefix: 'apc',
    isRunByClient: isAlways,
    argumentsOf: ({ operation }) => operation,
    fieldsOf({ type, path, diff }) {
      if (typeof path !== 'string') return undefined;
      if (type === 'delete_file') return { operation: { type, path } };
      const isEdit = (type === 'create_file' || type === 'update_file') && typeof diff === 'string';
      return isEdit ? { operation: { type, path, diff } } : undefined;
    },
  },
  {
    kind: 'tool_search',
    description: 'Looks for further tools.',
    parameters: {
      type: 'object',
      properties: { query: TEXT, limit: INTEGER },
      required: ['query'],
    },
    callType: 'tool_search_call',
    outputType: 'tool_search_output',
    idPrefix: 'tsc',
    isRunByClient: ({ execution }) => execution === 'client',
    argumentsOf: ({ arguments: said }) => said,
    fieldsOf: (parsed) => ({ execution: 'client', arguments: parsed }),
  },
];

/** The arguments of a call as text, as in other formats. */
export function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value === '' ? '{}' : value;
  return stringifyJson(value ?? {});
}

/** @returns undefined for text that is not a JSON object */
export function parsedArguments(text: string): JsonObject | undefined {
  const value = parseLosslessJson(text);
  return isJsonObject(value) ? value : undefined;
}

function withoutType(action: unknown): unknown {
  if (!isJsonObject(action)) return action;
  const { type: _type, ...rest } = action;
  return rest;
}

/** A command in a single text is run by a shell. */
function wordsOf(command: unknown): readonly string[] | undefined {
  return typeof command === 'string' ? ['bash', '-lc', command] : textsOf(command);
}

function textsOf(value: unknown): readonly string[] | undefined {
  const isTexts = Array.isArray(value) && value.every((each) => typeof each === 'string');
  return isTexts ? (value as readonly string[]) : undefined;
}
