import { randomUUID } from 'node:crypto';
import { type JsonObject, isJsonObject, parseLosslessJson } from '../../../protocol/json.js';
import { NO_LIMITS } from '../../../protocol/scanning/json-scan.js';
import { type ClientRequest } from '../../ports/dialect.js';

/** The fields that all forms of one response share. */
export interface ResponseHead {
  readonly id: string;
  /** Unix seconds. */
  readonly created_at: number;
  /** The model name in the client's request. */
  readonly model: string;
}

const RESPONSE_ID = /^resp_[\w-]+$/;

export function responseHead(model: string, id: string | undefined): ResponseHead {
  const own = id !== undefined && RESPONSE_ID.test(id) ? id : newId('resp');
  return { id: own, created_at: unixSeconds(), model };
}

export function newId(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`;
}

export function unixSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/**
 * A client's request as an object, with integers beyond 2^53 as bigints; it is known to be valid.
 */
export function documentOf({ body }: ClientRequest): JsonObject {
  const document = parseLosslessJson(body.toString(), NO_LIMITS);
  return isJsonObject(document) ? document : {};
}

/**
 * A response without its output. Strict clients require every field, with the values of the
 * request. https://platform.openai.com/docs/api-reference/responses/object
 */
export function responseOf({ id, created_at, model }: ResponseHead, request: JsonObject): JsonObject {
  const { text, reasoning, tools, metadata, tool_choice: choice } = request;
  return {
    id,
    object: 'response',
    created_at,
    status: 'in_progress',
    background: false,
    completed_at: null,
    error: null,
    incomplete_details: null,
    instructions: request['instructions'] ?? null,
    max_output_tokens: request['max_output_tokens'] ?? null,
    max_tool_calls: request['max_tool_calls'] ?? null,
    model,
    output: [],
    parallel_tool_calls: request['parallel_tool_calls'] ?? true,
    previous_response_id: null,
    prompt_cache_key: request['prompt_cache_key'] ?? null,
    reasoning: { effort: null, summary: null, ...(isJsonObject(reasoning) && reasoning) },
    safety_identifier: request['safety_identifier'] ?? null,
    service_tier: request['service_tier'] ?? 'default',
    // The gateway stores nothing, whatever the request asked for.
    store: false,
    temperature: request['temperature'] ?? null,
    text: { format: { type: 'text' }, ...(isJsonObject(text) && text) },
    tool_choice: choice ?? 'auto',
    tools: Array.isArray(tools) ? tools : [],
    top_logprobs: 0,
    top_p: request['top_p'] ?? null,
    truncation: 'disabled',
    usage: null,
    user: request['user'] ?? null,
    metadata: isJsonObject(metadata) ? metadata : {},
    access_programs: null,
  };
}

/** Whether the client wants opaque reasoning, to send it again in later turns. */
export function wantsSeals({ include, store }: JsonObject): boolean {
  return store === false || (Array.isArray(include) && include.includes('reasoning.encrypted_content'));
}
