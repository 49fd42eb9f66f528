import { createHash } from 'node:crypto';
import { messageText } from '../../../src/protocol/message-text.js';
import { type UpstreamCall, chunkEvent, completion, sendJson } from '../start-upstream.js';
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

const USER = 'kim';
const PASSWORD = 'planted-pass word&77';

/** `{code, msg, data}` and HTTP 200 for everything. */
export class EnvelopeService implements RecipeService {
  readonly tokens = new Tokens();
  readonly wrong = { HOUSE_PASSWORD: 'planted-wrong' };
  env = (url: string) => ({ HOUSE_URL: `${url}/api`, HOUSE_USER: USER, HOUSE_PASSWORD: PASSWORD });

  handle(call: UpstreamCall): unknown {
    const { path, headers, res } = call;
    const say = (code: number, msg: string, data: unknown = null) => sendJson(res, { code, msg, data });
    const body = jsonOf(call);
    if (body === undefined) return say(40000, 'JSON wanted');
    if (path === '/api/login') {
      const isGood = body['account'] === USER && body['secret'] === PASSWORD;
      return isGood ? say(0, 'ok', this.tokens.issue()) : say(10001, '账号或密码错误');
    }
    if (path !== '/api/chat') return say(40400, `no such path ${path}`);
    if (!this.tokens.isGood(headers['x-auth-token'])) return say(10401, 'token expired');
    const { question, history, stream } = body;
    const earlier = history === undefined ? [] : wordsIn(history, 'said', /^(system|user|assistant)$/, 'who');
    if (!isText(question) || earlier === undefined || typeof stream !== 'boolean')
      return say(40001, 'bad fields');
    if (question === REFUSE) return say(40001, '问题太长');
    const answer = answerTo([...earlier, question]);
    const tokens = { in: PROMPT_TOKENS, out: COMPLETION_TOKENS };
    if (!stream) return say(0, 'ok', { answer, tokens });
    const events = piecesOf(answer).map((delta) => sse({ code: 0, data: { delta } }));
    const end =
      question === BREAK
        ? sse({ code: 50001, msg: 'lost the thread', data: null })
        : sse({ code: 0, data: { end: true, tokens } });
    return trickle(res, 'text/event-stream;charset=UTF-8', events.join('') + end);
  }
}

/** A web login: form, redirects, a session cookie. */
export class FormCookieService implements RecipeService {
  readonly tokens = new Tokens();
  readonly wrong = { FORM_PASSWORD: 'planted-wrong' };
  env = (url: string) => ({ FORM_URL: url, FORM_USER: USER, FORM_PASSWORD: PASSWORD });

  handle(call: UpstreamCall): unknown {
    const { path, headers, res } = call;
    const go = (location: string, more = {}) => res.writeHead(302, { location, ...more }).end();
    if (path === '/login') {
      const form = new URLSearchParams(call.body.toString());
      const isGood =
        headers['content-type'] === 'application/x-www-form-urlencoded' &&
        form.get('j_username') === USER &&
        form.get('j_password') === PASSWORD &&
        form.get('remember-me') === 'true';
      if (!isGood) return go('/login?error', { 'set-cookie': 'JSESSIONID=anonymous-77; Path=/' });
      return go('/home', { 'set-cookie': `JSESSIONID=${this.tokens.issue()}; Path=/; HttpOnly` });
    }
    const session = /(?:^|; )JSESSIONID=([^;]*)/.exec(headers.cookie ?? '')?.[1];
    if (!this.tokens.isGood(session)) return go('/login');
    const body = jsonOf(call);
    const words = wordsIn(body?.['messages'], 'content', /^(system|user|assistant)$/);
    if (path !== '/ask' || words === undefined || typeof body?.['stream'] !== 'boolean')
      return sendJson(res, { failure: 'bad call' }, 400);
    if (words.at(-1) === REFUSE) return sendJson(res, { failure: '不回答' });
    if (body['stream']) return trickle(res, 'text/plain; charset=utf-8', answerTo(words));
    return sendJson(res, { answer: answerTo(words) });
  }
}

/** A login of two steps with a nonce that is valid once; the chat is OpenAI's own. */
export class ChallengeService implements RecipeService {
  readonly tokens = new Tokens();
  readonly wrong = { CHALLENGE_PASSWORD: 'planted-wrong' };
  readonly #nonces = new Set<string>();
  env = (url: string) => ({ CHALLENGE_URL: url, CHALLENGE_USER: USER, CHALLENGE_PASSWORD: PASSWORD });

  handle(call: UpstreamCall): unknown {
    const { path, headers, res, req } = call;
    const refuse = (status: number, message: string) => sendJson(res, { error: { message } }, status);
    if (path === `/auth/challenge/${USER}` && req.method === 'GET') {
      const nonce = `nonce-${Math.random()}`;
      this.#nonces.add(nonce);
      return sendJson(res, { nonce, salt: 'salt-77777', tenant: 'north-side' });
    }
    const body = jsonOf(call);
    if (headers['x-tenant'] !== 'north-side') return refuse(403, 'no tenant');
    if (path === '/auth/session') {
      const nonce = String(body?.['nonce']);
      const proof = sha256(nonce + sha256(`salt-77777${PASSWORD}`));
      const isGood = this.#nonces.delete(nonce) && body?.['user'] === USER && body['proof'] === proof;
      if (!isGood) return refuse(403, 'the proof is wrong');
      const expires_at = new Date(Date.now() + 3_600_000).toISOString();
      return sendJson(res, { session: { token: this.tokens.issue(), expires_at } });
    }
    if (!this.tokens.isGood(headers.authorization?.replace(/^Bearer /, '')))
      return refuse(401, 'token expired');
    const words = openAiWords(body?.['messages']);
    if (path !== '/v1/chat/completions' || words === undefined) return refuse(400, 'bad call');
    if (words.at(-1) === REFUSE) return refuse(400, 'too long');
    const usage = { prompt_tokens: PROMPT_TOKENS, completion_tokens: COMPLETION_TOKENS, total_tokens: 33 };
    if (body?.['stream'] !== true) return sendJson(res, completion(answerTo(words), { usage }));
    const events = piecesOf(answerTo(words)).map((piece) => chunkEvent(piece));
    const end = words.at(-1) === BREAK ? sse({ error: { message: 'lost the thread' } }) : openAiEnd(usage);
    return trickle(res, 'text/event-stream', events.join('') + end);
  }
}

function openAiWords(messages: unknown): string[] | undefined {
  if (!Array.isArray(messages) || messages.length === 0) return undefined;
  return messages.map(({ content }: { content: unknown }) => messageText(content));
}

function openAiEnd(usage: unknown): string {
  const last = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage };
  return chunkEvent('', 'stop') + sse(last) + sse('[DONE]');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Jobs that are submitted, then polled; each is done at the second poll. */
export class JobService implements RecipeService {
  readonly tokens = new Tokens();
  readonly wrong = { JOB_CLIENT_SECRET: 'planted-wrong' };
  readonly #jobs = new Map<string, { words: string[]; asked: number }>();
  env = (url: string) => ({ JOB_URL: url, JOB_CLIENT_ID: USER, JOB_CLIENT_SECRET: PASSWORD });

  handle(call: UpstreamCall): unknown {
    const { path, headers, res, req } = call;
    if (path === '/oauth/token') return this.#login(call);
    if (!this.tokens.isGood(headers.authorization?.replace(/^Bearer /, '')))
      return sendJson(res, { error: { message: 'token expired' } }, 401);
    if (path === '/tasks') return this.#submit(call);
    const id = /^\/tasks\/(job-\d+)$/.exec(path)?.[1] ?? '';
    const job = this.#jobs.get(id);
    if (req.method !== 'GET' || job === undefined)
      return sendJson(res, { error: { message: 'no such task' } }, 404);
    if (++job.asked < 2) return sendJson(res, { task: { id, status: 'running' } });
    if (job.words.at(-1) === BREAK)
      return sendJson(res, { task: { id, status: 'failed', reason: 'lost the thread' } });
    const usage = { input: PROMPT_TOKENS, output: COMPLETION_TOKENS };
    return sendJson(res, { task: { id, status: 'succeeded', output: answerTo(job.words), usage } });
  }

  #login({ headers, body, res }: UpstreamCall): unknown {
    const credential = `${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}`;
    const isGood =
      headers.authorization === `Basic ${Buffer.from(credential).toString('base64')}` &&
      headers['content-type'] === 'application/x-www-form-urlencoded' &&
      new URLSearchParams(body.toString()).get('grant_type') === 'client_credentials';
    if (!isGood) return sendJson(res, { error: 'invalid_client' }, 401);
    return sendJson(res, { access_token: this.tokens.issue(), token_type: 'Bearer', expires_in: 3600 });
  }

  #submit(call: UpstreamCall): unknown {
    const words = wordsIn(jsonOf(call)?.['prompt'], 'text', /^(system|user|assistant)$/);
    if (words === undefined) return sendJson(call.res, { error: { message: 'bad prompt' } }, 400);
    if (words.at(-1) === REFUSE)
      return sendJson(call.res, { error: { message: 'the queue takes no such job' } });
    const id = `job-${this.#jobs.size + 1}`;
    this.#jobs.set(id, { words, asked: 0 });
    return sendJson(call.res, { task: { id } }, 202);
  }
}
