import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { readCommands, withAnswers } from '../../src/cli/learning/exchanges.js';
import { learn } from '../../src/cli/learning/learn.js';
import { writeRecipe } from '../../src/cli/learning/write-recipe.js';
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
import { EXAMPLES } from '../support/recipes/recipe-run.js';
import { REFUSE, type RecipeService, answerTo } from '../support/recipes/recipe-service.js';
import { type TestGateway, TEST_KEY, startGatewayOn } from '../support/start-gateway.js';
import { type TestUpstream, startUpstream } from '../support/start-upstream.js';

interface Recipe {
  readonly service: () => RecipeService;
  readonly login?: readonly string[];
  readonly chat?: readonly string[];
  readonly poll?: readonly string[];
  readonly knownPassword?: string;
  /** Values of the variables, in the terms of the service. */
  readonly account?: { readonly user?: string; readonly password?: string; readonly token?: string };
  /** What the service has of several messages; default: the words of each. */
  readonly isTranscript?: true;
  /** The stream comes in one piece. */
  readonly isWhole?: true;
  /** The words of a refusal reach the client. */
  readonly refusal: string;
}

const HOUSE = { user: 'kim', password: 'planted-pass word&77' };
const LOGIN = ['login.curl'];

const RECIPES: Readonly<Record<string, Recipe>> = {
  anythingllm: {
    service: () => new AnythingLlmService(),
    account: { token: 'planted-key-0001' },
    isTranscript: true,
    refusal: 'the workspace refuses',
  },
  challenge: {
    service: () => new ChallengeService(),
    login: ['challenge.curl', 'session.curl'],
    knownPassword: HOUSE.password,
    account: HOUSE,
    refusal: 'too long',
  },
  coze: {
    service: () => new CozeService(),
    account: { token: 'pat_planted-token-0001' },
    refusal: 'Your rate limit is exceeded',
  },
  dify: {
    service: () => new DifyService(),
    account: { token: 'app-planted-key-0001' },
    isTranscript: true,
    refusal: 'Your quota for Dify',
  },
  envelope: { service: () => new EnvelopeService(), login: LOGIN, account: HOUSE, refusal: '问题太长' },
  flowise: {
    service: () => new FlowiseService(),
    account: { token: 'planted-key-0001' },
    refusal: 'the flow refuses',
  },
  'form-cookie': {
    service: () => new FormCookieService(),
    login: LOGIN,
    chat: ['chat.curl', 'chat-stream.curl'],
    account: HOUSE,
    isWhole: true,
    refusal: '不回答',
  },
  ollama: {
    service: () => new OllamaService(),
    account: { token: 'planted-ollama-key' },
    refusal: 'does not support thinking',
  },
  'open-webui': {
    service: () => new OpenWebUiService(),
    login: LOGIN,
    account: { user: 'me@corp.example', password: 'planted-password' },
    refusal: 'The flow refuses',
  },
  qianfan: {
    service: () => new QianfanService(),
    login: LOGIN,
    account: { user: 'planted-api-key', password: 'planted-secret+key&1' },
    refusal: 'Open api qps request limit reached',
  },
  'submit-poll': {
    service: () => new JobService(),
    login: LOGIN,
    poll: ['poll.curl'],
    account: HOUSE,
    isWhole: true,
    refusal: 'the queue takes no such job',
  },
  'success-result': {
    service: () => new ResultService(),
    login: LOGIN,
    account: { user: 'me', password: 'planted-password' },
    refusal: '请求过于频繁',
  },
  watsonx: {
    service: () => new WatsonxService(),
    login: LOGIN,
    account: { password: 'planted-api-key' },
    refusal: 'too many tokens for the flow',
  },
};

const FIXTURES = join(import.meta.dirname, 'recipes');
const CLOUDS = ['azure.yaml', 'bedrock.yaml', 'vertex.yaml'];

const say = (content: string): OpenAI.ChatCompletionMessageParam[] => [{ role: 'user', content }];
const MANY: OpenAI.ChatCompletionMessageParam[] = [
  { role: 'user', content: '第一 "one"' },
  { role: 'assistant', content: 'two\nlines 🚀' },
  { role: 'user', content: '三' },
];
const WORDS = MANY.map(({ content }) => content as string);
const TRANSCRIPT = [MANY.map(({ role, content }) => `${role}: ${content as string}`).join('\n\n')];

function learned(name: string) {
  const { login = [], chat = ['chat.curl'], poll = [], knownPassword } = RECIPES[name]!;
  const folder = join(FIXTURES, name);
  const within = (files: readonly string[]) => files.map((file) => join(folder, file));
  const commands = readCommands({ login: within(login), chat: within(chat), poll: within(poll) });
  const { model, findings } = learn({
    ...withAnswers(commands, folder),
    name: 'house',
    ...(knownPassword !== undefined && { knownPassword }),
  });
  return { yaml: writeRecipe(model, 'request', findings, 'commands'), model, findings };
}

it('learns every recipe of config/examples but those of the clouds', () => {
  const files = readdirSync(EXAMPLES).filter((file) => !CLOUDS.includes(file));
  expect(Object.keys(RECIPES).map((name) => `${name}.yaml`)).toEqual(files.toSorted());
});

describe.each(Object.keys(RECIPES))('the recipe learned from the commands of %s', (name) => {
  const recipe = RECIPES[name]!;
  let folder: string;
  let service: RecipeService;
  let upstream: TestUpstream;
  let gateway: TestGateway;
  let client: OpenAI;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'learn-'));
    service = recipe.service();
    upstream = await startUpstream((call) => service.handle(call));
    const path = join(folder, 'models.yaml');
    writeFileSync(path, learned(name).yaml);
    const { user, password, token } = recipe.account ?? {};
    gateway = await startGatewayOn(path, {
      LLM_GATEWAY_KEY: TEST_KEY,
      HOUSE_URL: upstream.url,
      HOUSE_LOGIN_URL: upstream.url,
      ...(user !== undefined && { HOUSE_USER: user }),
      ...(password !== undefined && { HOUSE_PASSWORD: password }),
      ...(token !== undefined && { HOUSE_TOKEN: token }),
    });
    client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: TEST_KEY, maxRetries: 0 });
  });
  afterAll(async () => {
    await gateway?.close();
    await upstream?.close();
    rmSync(folder, { recursive: true });
  });

  it('holds no secret, and neither do the guesses', () => {
    const { yaml, findings } = learned(name);
    expect(yaml + findings.masked(JSON.stringify(findings.guesses))).not.toContain('planted');
  });

  it('answers one message and several', async () => {
    const ask = async (messages: OpenAI.ChatCompletionMessageParam[]) => {
      const { choices } = await client.chat.completions.create({ model: 'house', messages });
      return choices[0]!.message.content;
    };
    expect(await ask(say('你好 😀'))).toBe(answerTo(['你好 😀']));
    expect(await ask(MANY)).toBe(answerTo(recipe.isTranscript === true ? TRANSCRIPT : WORDS));
  });

  it('streams the same text', async () => {
    const stream = await client.chat.completions.create({
      model: 'house',
      messages: say('你好 😀'),
      stream: true,
    });
    const pieces: string[] = [];
    for await (const { choices } of stream)
      if (choices[0]?.delta.content) pieces.push(choices[0].delta.content);
    expect(pieces.join('')).toBe(answerTo(['你好 😀']));
    if (recipe.isWhole !== true) expect(pieces.length).toBeGreaterThan(3);
  });

  it('reports a refusal with the message of the service', async () => {
    const call = client.chat.completions.create({ model: 'house', messages: say(REFUSE) });
    await expect(call).rejects.toThrow(recipe.refusal);
  });

  it('renews an ended token', async () => {
    const { tokens } = service;
    if (tokens === undefined) return;
    tokens.revoke();
    const { choices } = await client.chat.completions.create({ model: 'house', messages: say('hi') });
    expect(choices[0]!.message.content).toBe(answerTo(['hi']));
  });
});
