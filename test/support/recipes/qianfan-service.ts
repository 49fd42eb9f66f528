import { type UpstreamCall, sendJson } from '../start-upstream.js';
import {
  BREAK,
  COMPLETION_TOKENS,
  PROMPT_TOKENS,
  REFUSE,
  type RecipeService,
  Tokens,
  answerTo,
  jsonOf,
  piecesOf,
  sse,
  trickle,
} from './recipe-service.js';

const API_KEY = 'planted-api-key';
const SECRET_KEY = 'planted-secret+key&1';
const CHAT = '/rpc/2.0/ai_custom/v1/wenxinworkshop/chat/';

/** Baidu Qianfan's older API; at `whole`, events repeat the whole text. */
export class QianfanService implements RecipeService {
  readonly tokens = new Tokens();
  readonly wrong = { QIANFAN_SECRET_KEY: 'planted-wrong' };
  env = (url: string) => ({
    QIANFAN_URL: url,
    QIANFAN_API_KEY: API_KEY,
    QIANFAN_SECRET_KEY: SECRET_KEY,
    QIANFAN_WHOLE_TEXT_ENDPOINT: 'whole',
  });

  handle(call: UpstreamCall): unknown {
    const { pathname, searchParams } = new URL(call.path, 'http://x');
    if (pathname === '/oauth/2.0/token') return this.#login(call, searchParams);
    const { res } = call;
    const refuse = (error_code: number, error_msg: string) =>
      sendJson(res, { error_code, error_msg, id: 'as-1' });
    if (!pathname.startsWith(CHAT)) return refuse(3, 'Unsupported openapi method');
    if (!this.tokens.isGood(searchParams.get('access_token')))
      return refuse(110, 'Access token invalid or no longer valid');
    const body = jsonOf(call);
    if (body === undefined) return refuse(336002, 'Invalid JSON');
    const words = conversationOf(body['messages']);
    if (words === undefined)
      return refuse(336006, 'the length of messages must be an odd number, user and assistant in turn');
    if (body['system'] !== undefined && typeof body['system'] !== 'string')
      return refuse(336003, 'system must be a string');
    const heard = [...(body['system'] === undefined ? [] : [body['system']]), ...words];
    if (words.at(-1) === REFUSE) return refuse(18, 'Open api qps request limit reached');
    return this.#answer(call, heard, body['stream'] === true, pathname.endsWith('/whole'));
  }

  #login({ req, res }: UpstreamCall, query: URLSearchParams): unknown {
    const refuse = (error_description: string) =>
      sendJson(res, { error: 'invalid_client', error_description }, 401);
    if (req.method !== 'POST' || query.get('grant_type') !== 'client_credentials')
      return refuse('unsupported grant type');
    if (query.get('client_id') !== API_KEY) return refuse('unknown client id');
    if (query.get('client_secret') !== SECRET_KEY) return refuse('Client authentication failed');
    const access_token = this.tokens.issue();
    return sendJson(res, { refresh_token: 'r', expires_in: 2_592_000, session_key: 's', access_token });
  }

  #answer({ res }: UpstreamCall, heard: unknown[], isStream: boolean, isWhole: boolean): unknown {
    const answer = answerTo(heard);
    const usage = (completion_tokens: number) => ({
      prompt_tokens: PROMPT_TOKENS,
      completion_tokens,
      total_tokens: PROMPT_TOKENS + completion_tokens,
    });
    const head = { id: 'as-1', object: 'chat.completion', created: 1, is_truncated: false };
    const rest = { need_clear_history: false, finish_reason: 'normal' };
    if (!isStream)
      return sendJson(res, { ...head, result: answer, ...rest, usage: usage(COMPLETION_TOKENS) });
    const pieces = piecesOf(answer);
    const events = pieces.map((piece, index) => {
      const result = isWhole ? pieces.slice(0, index + 1).join('') : piece;
      return sse({ ...head, sentence_id: index, is_end: false, result, ...rest, usage: usage(index) });
    });
    const last = {
      ...head,
      sentence_id: events.length,
      is_end: true,
      result: isWhole ? answer : '',
      ...rest,
    };
    const end =
      heard.at(-1) === BREAK
        ? sse({ error_code: 336000, error_msg: 'Internal error' })
        : sse({ ...last, usage: usage(COMPLETION_TOKENS) });
    return trickle(res, 'text/event-stream; charset=utf-8', events.join('') + end);
  }
}

/** The messages, if user and assistant alternate, with the user first and last. */
function conversationOf(messages: unknown): string[] | undefined {
  if (!Array.isArray(messages) || messages.length % 2 === 0) return undefined;
  const isGood = messages.every(
    ({ role, content }: Record<string, unknown>, index) =>
      role === (index % 2 === 0 ? 'user' : 'assistant') && typeof content === 'string' && content !== '',
  );
  return isGood ? messages.map(({ content }: { content: string }) => content) : undefined;
}
