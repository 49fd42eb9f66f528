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
  wordsIn,
} from './recipe-service.js';

const TOKEN = 'pat_planted-token-0001';
const BOT = '7379462189365198898';
const IDS = { conversation_id: '738147352534297', bot_id: BOT };

/** Coze's /v3/chat; without a stream it only accepts the chat, as the real one does. */
export class CozeService implements RecipeService {
  readonly wrong = { COZE_TOKEN: 'pat_planted-wrong' };
  env = (url: string) => ({ COZE_URL: url, COZE_TOKEN: TOKEN, COZE_BOT_ID: BOT });

  handle(call: UpstreamCall): unknown {
    const { path, headers, res } = call;
    const refuse = (code: number, msg: string, status = 200) =>
      sendJson(res, { code, msg, detail: { logid: 'log-1' } }, status);
    if (headers.authorization !== `Bearer ${TOKEN}`) return refuse(4100, 'authentication is invalid', 401);
    if (path !== '/v3/chat') return refuse(4200, 'Requested resource does not exist', 404);
    const body = jsonOf(call);
    if (body === undefined) return refuse(4000, 'Request parameter error');
    const { bot_id: bot, user_id: user, stream, auto_save_history: saves, additional_messages: list } = body;
    const words = wordsIn(list, 'content', /^(user|assistant)$/);
    const typed = wordsIn(list, 'type', /^text$/, 'content_type');
    const isKnown = typed?.every((type) => type === 'question' || type === 'answer') === true;
    if (!isText(user) || words === undefined || !isKnown) return refuse(4000, 'Request parameter error');
    if (bot !== BOT) return refuse(4200, `Requested resource bot_id=${String(bot)} does not exist`);
    if (stream !== true && saves === false)
      return refuse(4000, 'auto_save_history must be true without stream');
    if (words.at(-1) === REFUSE) return refuse(4013, 'Your rate limit is exceeded');
    const chat = { id: 'chat-1', ...IDS, last_error: { code: 0, msg: '' } };
    if (stream !== true) return sendJson(res, { code: 0, msg: '', data: { ...chat, status: 'in_progress' } });
    return trickle(res, 'text/event-stream', eventsOf(words, chat));
  }
}

function eventsOf(words: readonly string[], chat: object): string {
  const named = (event: string, data: unknown) => sse(data, event).replaceAll(': ', ':');
  const message = { ...IDS, id: 'msg-1', chat_id: 'chat-1', role: 'assistant', content_type: 'text' };
  const none = { token_count: 0, output_count: 0, input_count: 0 };
  const usage = { token_count: 33, output_count: COMPLETION_TOKENS, input_count: PROMPT_TOKENS };
  const events = [
    named('conversation.chat.created', { ...chat, status: 'created', usage: none }),
    named('conversation.chat.in_progress', { ...chat, status: 'in_progress', usage: none }),
    ...piecesOf(answerTo(words)).map((content) =>
      sse({ ...message, type: 'answer', content }, 'conversation.message.delta'),
    ),
  ];
  if (words.at(-1) === BREAK) {
    const failed = { ...chat, status: 'failed', last_error: { code: 5000, msg: 'lost it' } };
    return [...events, named('conversation.chat.failed', failed)].join('');
  }
  const verbose = { ...message, type: 'verbose', content: '{"msg_type":"generate_answer_finish"}' };
  return [
    ...events,
    sse({ ...message, type: 'answer', content: answerTo(words) }, 'conversation.message.completed'),
    named('conversation.message.completed', verbose),
    named('conversation.message.completed', { ...message, type: 'follow_up', content: 'And then?' }),
    named('conversation.chat.completed', { ...chat, status: 'completed', usage }),
    'event:done\ndata:"[DONE]"\n\n',
  ].join('');
}
