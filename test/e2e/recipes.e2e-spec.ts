import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import OpenAI from 'openai';
import { loadConfig } from '../../src/config/loading/load-config.js';
import { PROVIDER_TYPES } from '../../src/providers/provider-types.js';
import { CozeService } from '../support/recipes/coze-service.js';
import { DifyService } from '../support/recipes/dify-service.js';
import {
  ChallengeService,
  EnvelopeService,
  FormCookieService,
  JobService,
} from '../support/recipes/house-services.js';
import { OllamaService } from '../support/recipes/ollama-service.js';
import {
  AnythingLlmService,
  FlowiseService,
  OpenWebUiService,
  ResultService,
  WatsonxService,
} from '../support/recipes/product-services.js';
import { QianfanService } from '../support/recipes/qianfan-service.js';
import { EXAMPLES, RecipeRun } from '../support/recipes/recipe-run.js';
import {
  BREAK,
  COMPLETION_TOKENS,
  PROMPT_TOKENS,
  REFUSE,
  type RecipeService,
  answerTo,
} from '../support/recipes/recipe-service.js';

interface Recipe {
  readonly file: string;
  readonly model: string;
  readonly service: () => RecipeService;
  /** False if the service reports no usage, so that the gateway estimates it. */
  readonly hasUsage?: false;
  /** What the service receives of a conversation; default: the text of every message. */
  readonly heard?: (messages: readonly OpenAI.ChatCompletionMessageParam[]) => unknown[];
  readonly refused: { readonly status: number; readonly code: string | null; readonly message: string };
  /** The error for a wrong credential. */
  readonly denied?: { readonly code: string; readonly message: RegExp };
  /** The error in a stream that has begun; absent if the format has none. */
  readonly broken?: string;
  /** The stream's text may come in one piece. */
  readonly isWhole?: true;
  /** The service refuses a request only after the client's stream has begun. */
  readonly isJob?: true;
}

const RECIPES: Recipe[] = [
  {
    file: 'envelope.yaml',
    model: 'house-model',
    service: () => new EnvelopeService(),
    refused: { status: 400, code: null, message: '问题太长' },
    denied: { code: 'upstream_login_failed', message: /refused \(HTTP 200\): 账号或密码错误/ },
    broken: 'lost the thread',
  },
  {
    file: 'form-cookie.yaml',
    model: 'form-model',
    service: () => new FormCookieService(),
    hasUsage: false,
    refused: { status: 500, code: 'upstream_error', message: '不回答' },
    denied: { code: 'upstream_login_failed', message: /refused \(HTTP 302\): wrong user name or password/ },
    isWhole: true,
  },
  {
    file: 'challenge.yaml',
    model: 'challenge-model',
    service: () => new ChallengeService(),
    refused: { status: 400, code: null, message: 'too long' },
    denied: {
      code: 'upstream_login_failed',
      message: /^500 .*gateway's credential for 'challenge-model': Login step 2 of 2: .*HTTP 403/,
    },
    broken: 'lost the thread',
  },
  {
    file: 'submit-poll.yaml',
    model: 'job-model',
    service: () => new JobService(),
    refused: { status: 500, code: 'upstream_error', message: 'the queue takes no such job' },
    denied: { code: 'upstream_login_failed', message: /HTTP 401.*invalid_client/ },
    broken: 'lost the thread',
    isWhole: true,
    isJob: true,
  },
  {
    file: 'dify.yaml',
    model: 'dify',
    service: () => new DifyService(),
    heard: (messages) => [transcriptOf(messages)],
    refused: { status: 400, code: 'provider_quota_exceeded', message: 'Your quota for Dify' },
    denied: { code: 'upstream_auth_failed', message: /Access token is invalid/ },
    broken: 'lost it',
  },
  ...['ernie-4.0', 'ernie-whole-text'].map((model) => ({
    file: 'qianfan.yaml',
    model,
    service: () => new QianfanService(),
    refused: { status: 429, code: null, message: 'Open api qps request limit reached' },
    denied: { code: 'upstream_login_failed', message: /HTTP 401\): Client authentication failed/ },
    broken: 'Internal error',
  })),
  {
    file: 'ollama.yaml',
    model: 'ollama',
    service: () => new OllamaService(),
    refused: { status: 400, code: null, message: 'does not support thinking' },
    denied: { code: 'upstream_auth_failed', message: /unauthorized/ },
    broken: 'lost it',
  },
  {
    file: 'coze.yaml',
    model: 'coze',
    service: () => new CozeService(),
    refused: { status: 429, code: null, message: 'Your rate limit is exceeded' },
    denied: { code: 'upstream_auth_failed', message: /authentication is invalid/ },
    broken: 'lost it',
  },
  {
    file: 'open-webui.yaml',
    model: 'open-webui',
    service: () => new OpenWebUiService(),
    refused: { status: 400, code: null, message: 'The flow refuses' },
    denied: {
      code: 'upstream_login_failed',
      message: /HTTP 400\): The email or password provided is incorrect/,
    },
    broken: 'lost it',
  },
  {
    file: 'watsonx.yaml',
    model: 'watsonx',
    service: () => new WatsonxService(),
    refused: { status: 400, code: null, message: 'too many tokens for the flow' },
    denied: { code: 'upstream_login_failed', message: /HTTP 400\): Provided API key could not be found/ },
    broken: 'lost it',
  },
  {
    file: 'anythingllm.yaml',
    model: 'anythingllm',
    service: () => new AnythingLlmService(),
    heard: (messages) => [transcriptOf(messages)],
    refused: { status: 400, code: null, message: 'the workspace refuses' },
    denied: { code: 'upstream_auth_failed', message: /No valid api key found/ },
    broken: 'lost it',
  },
  {
    file: 'flowise.yaml',
    model: 'flowise',
    service: () => new FlowiseService(),
    hasUsage: false,
    refused: { status: 500, code: 'upstream_error', message: 'the flow refuses' },
    denied: { code: 'upstream_auth_failed', message: /Unauthorized Access/ },
    broken: 'lost it',
  },
  {
    file: 'success-result.yaml',
    model: 'result-model',
    service: () => new ResultService(),
    refused: { status: 429, code: null, message: '请求过于频繁' },
    denied: { code: 'upstream_login_failed', message: /refused \(HTTP 200\): 用户名或密码错误/ },
    broken: 'lost it',
  },
];

/** Examples that clouds.e2e-spec.ts runs. */
const CLOUDS = ['azure.yaml', 'bedrock.yaml', 'vertex.yaml'];

/** What Dify receives: one text per call. */
function transcriptOf(messages: readonly OpenAI.ChatCompletionMessageParam[]): unknown {
  const words = WORDS(messages);
  return words.length === 1
    ? words[0]
    : messages.map(({ role }, at) => `${role}: ${String(words[at])}`).join('\n\n');
}

const say = (content: string): OpenAI.ChatCompletionMessageParam[] => [{ role: 'user', content }];
const ONE = say('你好 😀');
const MANY: OpenAI.ChatCompletionMessageParam[] = [
  { role: 'user', content: '第一 "one"' },
  { role: 'assistant', content: 'two\nlines 🚀' },
  {
    role: 'user',
    content: [
      { type: 'text', text: 'part ' },
      { type: 'text', text: '三' },
    ],
  },
];
const WORDS = (messages: readonly OpenAI.ChatCompletionMessageParam[]) =>
  messages.map(({ content }) => (Array.isArray(content) ? 'part 三' : content));

describe('every file of config/examples', () => {
  it.each(readdirSync(EXAMPLES))('%s loads without a warning, with only a key of its own set', (file) => {
    const { config, warnings } = loadConfig({
      path: join(EXAMPLES, file),
      modelTypes: PROVIDER_TYPES,
      env: { GATEWAY_KEY: 'sk-a-key-of-its-own' },
    });
    expect(config.models.length).toBeGreaterThan(0);
    expect(warnings).toEqual([]);
  });

  it.each(readdirSync(EXAMPLES))('%s refuses its published key unless it listens on loopback', (file) => {
    const load = (host: string) =>
      loadConfig({ path: join(EXAMPLES, file), modelTypes: PROVIDER_TYPES, env: {}, host });
    expect(() => load('0.0.0.0')).toThrow("is published in this product's repository");
    const { warnings } = load('127.0.0.1');
    expect(warnings).toEqual([expect.stringContaining("is published in this product's repository")]);
  });

  it('is run by a test', () => {
    const run = new Set([...RECIPES.map(({ file }) => file), ...CLOUDS]);
    expect([...run].toSorted()).toEqual(readdirSync(EXAMPLES).toSorted());
  });
});

describe.each(RECIPES)('$file, model $model', (recipe) => {
  const { file, model } = recipe;
  const heard = recipe.heard ?? WORDS;
  let service: RecipeService;
  let run: RecipeRun;
  beforeEach(async () => {
    service = recipe.service();
    run = await RecipeRun.start(file, service);
  });
  afterEach(() => run.close());

  describe.each([
    ['as JSON', false],
    ['as a stream', true],
  ])('%s', (_how, isStream) => {
    it.each([
      ['one message', ONE],
      ['several messages', MANY],
    ])('answers %s, every character intact', async (_count, messages) => {
      const { content, usage, finishReason, pieces } = await run.ask(model, messages, isStream);
      expect(content).toBe(answerTo(heard(messages)));
      expect(finishReason).toBe('stop');
      if (isStream && recipe.isWhole !== true) expect(pieces).toBeGreaterThan(3);
      if (recipe.hasUsage === false) expect(usage).toMatchObject({ estimated: true });
      else {
        const total_tokens = PROMPT_TOKENS + COMPLETION_TOKENS;
        const counts = { prompt_tokens: PROMPT_TOKENS, completion_tokens: COMPLETION_TOKENS, total_tokens };
        expect(usage).toMatchObject(counts);
      }
    });

    it('reports an error with the message of the service', async () => {
      const { status, code, message } = recipe.refused;
      const error = await failureOf(run.ask(model, say(REFUSE), isStream));
      expect(error).toMatchObject({ code, ...(!(isStream && recipe.isJob) && { status }) });
      expect(error.message).toContain(message);
    });

    it('reports a wrong credential', async () => {
      await run.close();
      run = await RecipeRun.start(file, service, service.wrong);
      const error = await failureOf(run.ask(model, ONE, isStream));
      const { code, message } = recipe.denied!;
      expect(error).toMatchObject({ status: 500, code, message: expect.stringMatching(message) as string });
      expect(error.message + run.gateway.logText()).not.toContain('planted');
    });

    it('renews an expired token once and repeats the call', async () => {
      const { tokens } = service;
      if (tokens === undefined) return;
      await run.ask(model, ONE, isStream);
      expect(tokens.issued).toBe(1);
      tokens.revoke();
      const answers = await Promise.all(Array.from({ length: 5 }, () => run.ask(model, ONE, isStream)));
      for (const { content } of answers) expect(content).toBe(answerTo(heard(ONE)));
      expect(tokens.issued).toBe(2);
    });
  });

  it('reports an error in a stream that has begun', async () => {
    if (recipe.broken === undefined) return;
    const error = await failureOf(run.ask(model, say(BREAK), true));
    expect(error.message).toContain(recipe.broken);
  });
});

async function failureOf(call: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const outcome = await call.then(
    (told) => told,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(OpenAI.APIError);
  return outcome as InstanceType<typeof OpenAI.APIError>;
}
