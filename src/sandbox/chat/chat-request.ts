import { RequestProblem } from '../request-problem.js';

export type JsonObject = Readonly<Record<string, unknown>>;

export interface SandboxMessage {
  readonly role: string;
  /** The text parts, concatenated. */
  readonly text: string;
  readonly imageCount: number;
}

export interface SandboxTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: unknown;
}

/** The fields of a chat request that the sandbox reads; all others are ignored. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly SandboxMessage[];
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** Infinity if the request has no limit. */
  readonly maxTokens: number;
  readonly choiceCount: number;
  readonly stop: readonly string[];
  readonly tools: readonly SandboxTool[];
  readonly toolChoice: unknown;
  readonly parallelToolCalls: boolean;
  readonly responseFormat: JsonObject | undefined;
}

const ROLES: ReadonlySet<string> = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function']);
const NOTHING: readonly never[] = [];

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads the body of `POST /v1/chat/completions`.
 * @throws RequestProblem if OpenAI would refuse the body
 */
export function readChatRequest(bytes: Buffer): ChatRequest {
  return readChat(parseObject(bytes));
}

/** @throws RequestProblem if the bytes are not a JSON object */
export function parseObject(bytes: Buffer): JsonObject {
  const body = parseJson(bytes);
  if (!isObject(body)) throw new RequestProblem(400, 'The body must be a JSON object.', 'invalid_type');
  return body;
}

/** @throws RequestProblem if OpenAI would refuse the body */
export function readChat(body: JsonObject): ChatRequest {
  const model = body.model;
  if (typeof model !== 'string' || model === '') {
    throw new RequestProblem(
      400,
      'you must provide a model parameter',
      'missing_required_parameter',
      'model',
    );
  }
  const stream = optional(body, 'stream', 'a boolean', (v) => typeof v === 'boolean');
  const streamOptions = body.stream_options;
  return {
    model,
    messages: readMessages(body.messages),
    stream: stream === true,
    includeUsage: isObject(streamOptions) && streamOptions.include_usage === true,
    maxTokens: Math.min(readLimit(body, 'max_tokens'), readLimit(body, 'max_completion_tokens')),
    choiceCount: readChoiceCount(body),
    stop: readStop(body.stop),
    tools: readTools(body.tools),
    toolChoice: body.tool_choice,
    parallelToolCalls: body.parallel_tool_calls !== false,
    responseFormat: isObject(body.response_format) ? body.response_format : undefined,
  };
}

/** @throws RequestProblem if the bytes are not JSON */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    throw new RequestProblem(400, 'We could not parse the JSON body of your request.', 'invalid_json');
  }
}

/** A field's value if it is present and valid; null counts as absent, as with OpenAI. */
function optional(
  body: JsonObject,
  param: string,
  expected: string,
  isRight: (value: unknown) => boolean,
): unknown {
  const value = body[param];
  if (value === undefined || value === null) return undefined;
  if (!isRight(value)) {
    throw new RequestProblem(
      400,
      `Invalid value for '${param}': expected ${expected}.`,
      'invalid_value',
      param,
    );
  }
  return value;
}

/** A limit of new tokens; Infinity if there is none. @throws RequestProblem */
export function readLimit(body: JsonObject, param: string): number {
  const value = optional(
    body,
    param,
    'a whole number of 1 or more',
    (v) => Number.isInteger(v) && Number(v) >= 1,
  );
  return typeof value === 'number' ? value : Infinity;
}

function readChoiceCount(body: JsonObject): number {
  optional(body, 'temperature', 'a number from 0 to 2', (v) => typeof v === 'number' && v >= 0 && v <= 2);
  optional(body, 'top_p', 'a number from 0 to 1', (v) => typeof v === 'number' && v >= 0 && v <= 1);
  const isCount = (v: unknown): boolean => Number.isInteger(v) && Number(v) >= 1 && Number(v) <= 128;
  const value = optional(body, 'n', 'a whole number from 1 to 128', isCount);
  return typeof value === 'number' ? value : 1;
}

export function readStop(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? NOTHING : [value];
  if (!Array.isArray(value)) return NOTHING;
  return value.filter((each): each is string => typeof each === 'string' && each !== '');
}

function readMessages(value: unknown): readonly SandboxMessage[] {
  if (!Array.isArray(value)) {
    throw new RequestProblem(
      400,
      "Missing required parameter: 'messages'.",
      'missing_required_parameter',
      'messages',
    );
  }
  if (value.length === 0) {
    throw new RequestProblem(400, "Invalid 'messages': empty array.", 'empty_array', 'messages');
  }
  return value.map((message: unknown, index) => readMessage(message, `messages[${index}]`));
}

function readMessage(value: unknown, param: string): SandboxMessage {
  if (!isObject(value)) throw new RequestProblem(400, `'${param}' must be an object.`, 'invalid_type', param);
  const { role, content } = value;
  if (typeof role !== 'string' || !ROLES.has(role)) {
    throw new RequestProblem(
      400,
      `Invalid value for '${param}.role': supported values are ${[...ROLES].join(', ')}.`,
      'invalid_value',
      `${param}.role`,
    );
  }
  if (typeof content === 'string') return { role, text: content, imageCount: 0 };
  if (content === undefined || content === null) return { role, text: '', imageCount: 0 };
  if (!Array.isArray(content)) {
    throw new RequestProblem(
      400,
      `'${param}.content' must be a string or an array of parts.`,
      'invalid_type',
      `${param}.content`,
    );
  }
  let text = '';
  let imageCount = 0;
  for (const part of content as readonly unknown[]) {
    if (!isObject(part)) continue;
    if (typeof part.text === 'string') text += part.text;
    if (part.type === 'image_url' || part.type === 'input_image') imageCount += 1;
  }
  return { role, text, imageCount };
}

function readTools(value: unknown): readonly SandboxTool[] {
  if (!Array.isArray(value)) return NOTHING;
  return value.map((tool: unknown, index) => {
    const described = isObject(tool) && isObject(tool.function) ? tool.function : undefined;
    if (typeof described?.name !== 'string') {
      const param = `tools[${index}].function.name`;
      throw new RequestProblem(
        400,
        `Missing required parameter: '${param}'.`,
        'missing_required_parameter',
        param,
      );
    }
    const description = typeof described.description === 'string' ? described.description : '';
    return { name: described.name, description, parameters: described.parameters };
  });
}
