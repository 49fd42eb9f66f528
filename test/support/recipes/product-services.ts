import { type UpstreamCall, sendJson } from '../start-upstream.js';
import {
  BREAK,
  COMPLETION_TOKENS,
  PROMPT_TOKENS,
  REFUSE,
  type RecipeService,
  Tokens,
  answerTo,
  isText,
  jsonOf,
  piecesOf,
  sse,
  trickle,
  wordsIn,
} from './recipe-service.js';

const OPENAI_USAGE = { prompt_tokens: PROMPT_TOKENS, completion_tokens: COMPLETION_TOKENS, total_tokens: 33 };

/** Choices as OpenAI's, whole or in pieces. */
const choice = (fields: object, finish_reason: string | null = null) => [
  { index: 0, ...fields, finish_reason },
];

/** Open WebUI: the login of its page, then OpenAI's format. */
export class OpenWebUiService implements RecipeService {
  readonly tokens = new Tokens();
  readonly wrong = { OPEN_WEBUI_PASSWORD: 'planted-wrong' };
  env = (url: string) => ({
    OPEN_WEBUI_URL: url,
    OPEN_WEBUI_EMAIL: 'me@corp.example',
    OPEN_WEBUI_PASSWORD: 'planted-password',
    OPEN_WEBUI_MODEL: 'llama3.1:8b',
  });

  handle(call: UpstreamCall): unknown {
    const { path, headers, res } = call;
    const refuse = (status: number, detail: string) => sendJson(res, { detail }, status);
    const body = jsonOf(call);
    if (path === '/api/v1/auths/signin') {
      if (body?.['email'] !== 'me@corp.example' || body['password'] !== 'planted-password')
        return refuse(400, 'The email or password provided is incorrect.');
      const expires_at = Math.floor(Date.now() / 1000) + 3600;
      return sendJson(res, {
        id: 'u',
        name: 'me',
        role: 'user',
        token: this.tokens.issue(),
        token_type: 'Bearer',
        expires_at,
      });
    }
    if (path !== '/api/chat/completions') return refuse(404, 'Not Found');
    if (!this.tokens.isGood(headers.authorization?.replace('Bearer ', '')))
      return refuse(401, 'Your session has expired or the token is invalid. Please sign in again.');
    if (body?.['model'] !== 'llama3.1:8b') return refuse(400, 'Model not found');
    const words = wordsOf(body['messages']);
    if (words.at(-1) === REFUSE) return refuse(400, 'The flow refuses');
    return sendChat(res, words, body['stream'] === true);
  }
}

/** watsonx.ai: an API key for a token, and a path of its own for streams. */
export class WatsonxService implements RecipeService {
  readonly tokens = new Tokens();
  readonly wrong = { WATSONX_API_KEY: 'planted-wrong' };
  env = (url: string) => ({
    WATSONX_URL: url,
    WATSONX_IAM_URL: url,
    WATSONX_API_KEY: 'planted-api-key',
    WATSONX_PROJECT_ID: 'p-1',
    WATSONX_MODEL: 'ibm/granite',
  });

  handle(call: UpstreamCall): unknown {
    const { path, headers, res, body: bytes } = call;
    const refuse = (status: number, code: string, message: string) =>
      sendJson(
        res,
        { errors: [{ code, message, more_info: 'https://cloud.ibm.com' }], trace: 't', status_code: status },
        status,
      );
    // The model's query goes with every call, the login included; IAM does not mind.
    if (path.split('?')[0] === '/identity/token') {
      const form = new URLSearchParams(bytes.toString());
      if (
        form.get('grant_type') !== 'urn:ibm:params:oauth:grant-type:apikey' ||
        form.get('apikey') !== 'planted-api-key'
      )
        return sendJson(
          res,
          { errorCode: 'BXNIM0415E', errorMessage: 'Provided API key could not be found.' },
          400,
        );
      const expiration = Math.floor(Date.now() / 1000) + 3600;
      return sendJson(res, {
        access_token: this.tokens.issue(),
        token_type: 'Bearer',
        expires_in: 3600,
        expiration,
      });
    }
    const isStream = path === '/ml/v1/text/chat_stream?version=2024-10-08';
    if (!isStream && path !== '/ml/v1/text/chat?version=2024-10-08')
      return refuse(404, 'not_found', `no ${path}`);
    if (!this.tokens.isGood(headers.authorization?.replace('Bearer ', '')))
      return refuse(
        401,
        'authentication_token_expired',
        'Failed to authenticate the request due to an expired token',
      );
    const body = jsonOf(call);
    if (body?.['model_id'] !== 'ibm/granite' || body['project_id'] !== 'p-1' || 'stream' in body)
      return refuse(400, 'invalid_request_entity', 'model_id and project_id are required');
    const words = wordsOf(body['messages']);
    if (words.at(-1) === REFUSE)
      return refuse(400, 'invalid_input_argument', 'the input has too many tokens for the flow');
    return sendChat(res, words, isStream, true);
  }
}

/** A workspace of AnythingLLM. */
export class AnythingLlmService implements RecipeService {
  readonly wrong = { ANYTHINGLLM_API_KEY: 'planted-wrong' };
  env = (url: string) => ({
    ANYTHINGLLM_URL: url,
    ANYTHINGLLM_API_KEY: 'planted-key-0001',
    ANYTHINGLLM_WORKSPACE: 'docs',
  });

  handle(call: UpstreamCall): unknown {
    const { path, headers, res } = call;
    if (headers.authorization !== 'Bearer planted-key-0001')
      return sendJson(res, { error: 'No valid api key found.' }, 403);
    const isStream = path === '/api/v1/workspace/docs/stream-chat';
    if (!isStream && path !== '/api/v1/workspace/docs/chat')
      return sendJson(res, { error: 'no such workspace' }, 400);
    const body = jsonOf(call);
    const { message, mode } = body ?? {};
    const abort = (error: string) => ({
      id: 'a',
      type: 'abort',
      textResponse: null,
      sources: [],
      close: true,
      error,
    });
    if (!isText(message) || mode !== 'chat')
      return sendJson(res, abort('Message is empty or mode is not valid'), 400);
    if (message === REFUSE) return sendJson(res, abort('the workspace refuses'), 400);
    const textResponse = answerTo([message]);
    const metrics = { ...OPENAI_USAGE, outputTps: 20, duration: 1 };
    if (!isStream)
      return sendJson(res, {
        id: 'a',
        type: 'textResponse',
        sources: [],
        close: true,
        error: null,
        textResponse,
        metrics,
      });
    const chunk = { uuid: 'a', sources: [], close: false, error: false };
    const texts = piecesOf(textResponse).map((piece) =>
      sse({ ...chunk, type: 'textResponseChunk', textResponse: piece }),
    );
    const end =
      message === BREAK
        ? abort('lost it')
        : { ...chunk, type: 'finalizeResponseStream', close: true, metrics };
    return trickle(res, 'text/event-stream', [...texts, sse(end)].join(''));
  }
}

/** A chatflow of Flowise. */
export class FlowiseService implements RecipeService {
  readonly wrong = { FLOWISE_API_KEY: 'planted-wrong' };
  env = (url: string) => ({ FLOWISE_URL: url, FLOWISE_API_KEY: 'planted-key-0001', FLOWISE_FLOW: 'flow-1' });

  handle(call: UpstreamCall): unknown {
    const { path, headers, res } = call;
    if (headers.authorization !== 'Bearer planted-key-0001')
      return sendJson(res, { error: 'Unauthorized Access' }, 401);
    const fail = (message: string, statusCode = 500) =>
      sendJson(res, { statusCode, success: false, message, stack: {} }, statusCode);
    if (path !== '/api/v1/prediction/flow-1') return fail('Chatflow not found', 404);
    const body = jsonOf(call);
    const { question, history, streaming } = body ?? {};
    if (!isText(question)) return fail('question is required', 412);
    const earlier = history === undefined ? [] : wordsIn(history, 'content', /^(user|api)Message$/);
    if (earlier === undefined) return fail('history is not valid', 412);
    if (question === REFUSE) return fail('the flow refuses');
    const text = answerTo([...earlier, question]);
    if (streaming !== true)
      return sendJson(res, { text, question, chatId: 'c', chatMessageId: 'm', sessionId: 's' });
    const event = (name: string, data: unknown) =>
      `message:\ndata:${JSON.stringify({ event: name, data })}\n\n`;
    const texts = piecesOf(text).map((piece) => event('token', piece));
    const end =
      question === BREAK
        ? [event('error', 'lost it')]
        : [event('metadata', { chatId: 'c' }), event('end', '[DONE]')];
    return trickle(res, 'text/event-stream', [event('start', ''), ...texts, ...end].join(''));
  }
}

function wordsOf(messages: unknown): string[] {
  if (!Array.isArray(messages)) return [];
  return messages.map(({ content }: { content: string | { text: string }[] }) =>
    typeof content === 'string' ? content : content.map(({ text }) => text).join(''),
  );
}

/** @param isNamed with ids and names of events, as watsonx writes them */
function sendChat(
  res: UpstreamCall['res'],
  words: readonly string[],
  isStream: boolean,
  isNamed = false,
): unknown {
  const head = { id: 'chat-1', object: 'chat.completion', created: 1, model: 'm' };
  const content = answerTo(words);
  if (!isStream)
    return sendJson(res, {
      ...head,
      choices: choice({ message: { role: 'assistant', content } }, 'stop'),
      usage: OPENAI_USAGE,
    });
  const event = (data: object, at: number) =>
    (isNamed ? `id: ${at}\n` : '') + sse(data, isNamed ? 'message' : undefined);
  const texts = piecesOf(content).map((piece) => ({
    ...head,
    choices: choice({ delta: { content: piece } }),
  }));
  const end =
    words.at(-1) === BREAK
      ? [isNamed ? { errors: [{ code: 'x', message: 'lost it' }] } : { error: { message: 'lost it' } }]
      : [
          { ...head, choices: choice({ delta: {} }, 'stop') },
          { ...head, choices: [], usage: OPENAI_USAGE },
        ];
  const body = [...texts, ...end].map(event).join('');
  return trickle(res, 'text/event-stream', isNamed ? body : `${body}data: [DONE]\n\n`);
}

/** A platform with a {success, code, message, result} envelope and times in milliseconds. */
export class ResultService implements RecipeService {
  readonly tokens = new Tokens();
  readonly wrong = { RESULT_PASSWORD: 'planted-wrong' };
  env = (url: string) => ({ RESULT_URL: url, RESULT_USER: 'me', RESULT_PASSWORD: 'planted-password' });

  handle(call: UpstreamCall): unknown {
    const { path, headers, res } = call;
    const say = (code: number, message: string, result: unknown = null) =>
      sendJson(res, { success: code === 200, message, code, result, timestamp: Date.now() });
    const body = jsonOf(call);
    if (body === undefined) return say(400, 'JSON wanted');
    if (path === '/sys/login') {
      if (body['username'] !== 'me' || body['password'] !== 'planted-password')
        return say(500, '用户名或密码错误');
      return say(200, '登录成功', { token: this.tokens.issue(), expireTime: Date.now() + 3_600_000 });
    }
    if (!this.tokens.isGood(headers['x-access-token'])) return say(401, 'Token失效，请重新登录');
    const { content, history, stream } = body;
    const earlier = history === undefined ? [] : wordsIn(history, 'content', /^(system|user|assistant)$/);
    if (path !== '/ai/chat' || !isText(content) || earlier === undefined) return say(400, 'bad call');
    if (content === REFUSE) return say(429, '请求过于频繁');
    const answer = answerTo([...earlier, content]);
    const usage = { input: PROMPT_TOKENS, output: COMPLETION_TOKENS };
    if (stream !== true) return say(200, '', { content: answer, usage });
    const event = (result: object) => sse({ success: true, code: 200, message: '', result });
    const end =
      content === BREAK
        ? sse({ success: false, code: 500, message: 'lost it', result: null })
        : event({ finished: true, usage });
    return trickle(
      res,
      'text/event-stream',
      piecesOf(answer)
        .map((delta) => event({ delta }))
        .join('') + end,
    );
  }
}
