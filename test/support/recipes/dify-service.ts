import { isJsonObject } from '../../../src/protocol/json.js';
import { type UpstreamCall, sendJson } from '../start-upstream.js';
import {
  BREAK,
  COMPLETION_TOKENS,
  PROMPT_TOKENS,
  REFUSE,
  type RecipeService,
  answerTo,
  isText,
  jsonOf,
  piecesOf,
  sse,
  trickle,
} from './recipe-service.js';

const KEY = 'app-planted-key-0001';
const IDS = { task_id: 't-1', message_id: 'm-1', conversation_id: 'c-1', created_at: 1_705_398_420 };

/** Dify's service API: chat-messages of a chat application. */
export class DifyService implements RecipeService {
  readonly wrong = { DIFY_API_KEY: 'app-planted-wrong' };
  env = (url: string) => ({ DIFY_URL: `${url}/v1`, DIFY_API_KEY: KEY });

  handle(call: UpstreamCall): unknown {
    const { path, headers, res } = call;
    const refuse = (status: number, code: string, message: string) =>
      sendJson(res, { code, message, status }, status);
    if (headers.authorization !== `Bearer ${KEY}`)
      return refuse(401, 'unauthorized', 'Access token is invalid');
    if (path !== '/v1/chat-messages') return refuse(404, 'not_found', `no ${path}`);
    const body = jsonOf(call);
    if (body === undefined) return refuse(415, 'unsupported_media_type', 'Did not attempt to load JSON data');
    const { query, inputs, user, response_mode: mode, conversation_id: conversation } = body;
    if (!isText(query)) return refuse(400, 'invalid_param', 'query is required in input payload');
    if (!isJsonObject(inputs)) return refuse(400, 'invalid_param', 'inputs is required in input payload');
    if (!isText(user)) return refuse(400, 'invalid_param', 'Arg user must be provided.');
    if (conversation !== undefined && conversation !== '')
      return refuse(404, 'not_found', 'Conversation Not Exists.');
    if (query === REFUSE)
      return refuse(400, 'provider_quota_exceeded', 'Your quota for Dify Hosted OpenAI has been exhausted.');
    const answer = answerTo([query]);
    const usage = { prompt_tokens: PROMPT_TOKENS, completion_tokens: COMPLETION_TOKENS, total_tokens: 33 };
    const metadata = { usage: { ...usage, total_price: '0.0003', currency: 'USD' }, retriever_resources: [] };
    if (mode === 'blocking')
      return sendJson(res, { event: 'message', ...IDS, id: 'm-1', mode: 'chat', answer, metadata });
    if (mode !== 'streaming')
      return refuse(400, 'invalid_param', 'response_mode must be blocking or streaming');
    const texts = piecesOf(answer).map((piece) => sse({ event: 'message', ...IDS, answer: piece }));
    const end =
      query === BREAK
        ? sse({ event: 'error', ...IDS, status: 400, code: 'completion_request_error', message: 'lost it' })
        : sse({ event: 'message_end', ...IDS, id: 'm-1', metadata });
    const thought = sse({ event: 'agent_thought', ...IDS, thought: 'not for the caller', position: 1 });
    return trickle(res, 'text/event-stream', ['event: ping\n\n', thought, ...texts, end].join(''));
  }
}
