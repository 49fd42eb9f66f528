import { isJsonObject } from '../../../src/protocol/json.js';
import { type UpstreamCall, sendJson } from '../start-upstream.js';
import {
  BREAK,
  COMPLETION_TOKENS,
  type Json,
  PROMPT_TOKENS,
  REFUSE,
  type RecipeService,
  answerTo,
  jsonOf,
  piecesOf,
  trickle,
  wordsIn,
} from './recipe-service.js';

const MODEL = 'qwen3:8b';
const KEY = 'planted-ollama-key';
const TYPES: Readonly<Record<string, string>> = {
  temperature: 'number',
  top_p: 'number',
  seed: 'number',
  num_predict: 'number',
  stop: 'object',
};
export const TOOL_CALL = { function: { name: 'get_weather', arguments: { city: '北京' } } };

/** Ollama's /api/chat, with the key that ollama.com requires. */
export class OllamaService implements RecipeService {
  readonly wrong = { OLLAMA_API_KEY: 'planted-wrong' };
  /** The last call that was not refused. */
  body: Json = {};
  env = (url: string) => ({ OLLAMA_URL: url, OLLAMA_API_KEY: KEY, OLLAMA_MODEL: MODEL });

  handle(call: UpstreamCall): unknown {
    const { path, headers, res } = call;
    const refuse = (status: number, error: string) => sendJson(res, { error }, status);
    if (headers.authorization !== `Bearer ${KEY}`) return refuse(401, 'unauthorized');
    if (path !== '/api/chat') return refuse(404, '404 page not found');
    const body = jsonOf(call);
    if (body === undefined) return refuse(400, 'missing request body');
    if (body['model'] !== MODEL) return refuse(404, `model '${String(body['model'])}' not found`);
    const problem = problemOf(body);
    if (problem !== undefined) return refuse(400, problem);
    const words = wordsIn(body['messages'], 'content', /^(system|user|assistant|tool)$/);
    if (words === undefined) return refuse(400, 'json: cannot unmarshal messages');
    if (words.at(-1) === REFUSE) return refuse(400, `"${MODEL}" does not support thinking`);
    this.body = body;
    return answer(call, words, body);
  }
}

/** What Go's decoder would reject. */
function problemOf({ options, tools, messages }: Json): string | undefined {
  if (options !== undefined && !isJsonObject(options)) return 'json: cannot unmarshal options';
  for (const [name, value] of Object.entries((options ?? {}) as Json)) {
    if (typeof value !== TYPES[name]) return `option "${name}" must be of type ${TYPES[name]}`;
  }
  const { stop } = (options ?? {}) as Json;
  if (stop !== undefined && !Array.isArray(stop)) return 'option "stop" must be of type array';
  if (tools !== undefined && !Array.isArray(tools)) return 'json: cannot unmarshal tools';
  for (const { tool_calls: calls } of (Array.isArray(messages) ? messages : []) as Json[]) {
    if (calls === undefined) continue;
    const areObjects =
      Array.isArray(calls) && calls.every((made: typeof TOOL_CALL) => isJsonObject(made.function.arguments));
    if (!areObjects) return 'json: cannot unmarshal string into api.ToolCallFunctionArguments';
  }
  return undefined;
}

function answer({ res }: UpstreamCall, words: readonly string[], { stream, tools }: Json): unknown {
  const head = { model: MODEL, created_at: '2026-11-22T08:52:19.385406455-07:00' };
  const counts = { total_duration: 1, prompt_eval_count: PROMPT_TOKENS, eval_count: COMPLETION_TOKENS };
  const end = { done: true, done_reason: 'stop', ...counts };
  const isCall = Array.isArray(tools) && words.length === 1;
  const message = isCall
    ? { role: 'assistant', content: '', tool_calls: [TOOL_CALL] }
    : { role: 'assistant', content: answerTo(words) };
  if (stream === false) return sendJson(res, { ...head, message, ...end });
  const messages = isCall
    ? [message]
    : piecesOf(message.content).map((content) => ({ role: 'assistant', content }));
  const lines: unknown[] = messages.map((part) => ({ ...head, message: part, done: false }));
  const isBroken = words.at(-1) === BREAK;
  lines.push(
    isBroken ? { error: 'lost it' } : { ...head, message: { role: 'assistant', content: '' }, ...end },
  );
  return trickle(res, 'application/x-ndjson', lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
