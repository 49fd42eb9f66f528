import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { CliProcess, ConfigFolder, runCli } from '../support/cli-process.js';
import { type Shown, kinds } from '../support/try-rig.js';

jest.setTimeout(180_000);

const SECRET = 'sandbox-key-planted-0001';

let sandbox: Sandbox;
let folder: ConfigFolder;

beforeAll(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 0, keys: [SECRET] });
  const on = { base_url: `${sandbox.url}/v1`, api_key: SECRET };
  folder = new ConfigFolder().write({
    models: {
      openai: [
        { name: 'all', ...on, model_name: 'upstream-all' },
        { name: 'embeds', ...on, speaks: ['openai-embeddings'] },
        { name: 'voice', ...on, speaks: ['openai-audio'] },
        { name: 'responds', ...on, speaks: ['openai-responses'] },
      ],
      anthropic: [{ name: 'claude', base_url: sandbox.url, api_key: SECRET }],
      gemini: [{ name: 'gem', base_url: `${sandbox.url}/v1beta`, api_key: SECRET }],
      request: [
        {
          name: 'mapped',
          base_url: `${sandbox.url}/v1`,
          token: SECRET,
          request: { path: '/chat/completions', body: '{ "model": model, "messages": messages }' },
          response: { text: 'choices[0].message.content' },
        },
      ],
    },
  });
});
afterEach(async () => {
  await CliProcess.endAll();
  sandbox.clearFaults();
});
afterAll(async () => {
  folder.remove();
  await sandbox.close();
});

const run = async (...words: string[]) => {
  const result = await runCli(['try', ...words, '--config', folder.file]);
  expect(result.stdout + result.stderr).not.toContain(SECRET);
  return result;
};

interface Tried {
  readonly ok: boolean;
  readonly dialect: string;
  readonly steps: readonly Shown[];
}

async function steps(...words: string[]): Promise<Tried> {
  const { stdout, stderr } = await run(...words, '--json');
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Tried;
}

const requestFile = (body: object): string => {
  const path = join(folder.path, 'request.json');
  writeFileSync(path, JSON.stringify(body));
  return path;
};

describe('llm-gateway try, for what is no chat', () => {
  it.each([
    ['completions', '/v1/completions', { object: 'text_completion' }],
    ['embeddings', '/v1/embeddings', { object: 'list', usage: { prompt_tokens: 2 } }],
    ['rerank', '/v1/rerank', { results: [{ index: 0, relevance_score: 0.99 }] }],
    ['moderations', '/v1/moderations', { results: [{ flagged: false }] }],
    ['images', '/v1/images/generations', { data: [{}], usage: {} }],
    [
      'transcriptions',
      '/v1/audio/transcriptions',
      { text: expect.stringContaining('recording.wav') as string },
    ],
    ['translations', '/v1/audio/translations', { text: expect.stringContaining('recording.wav') as string }],
    ['image-edits', '/v1/images/edits', { data: [{}] }],
  ])('shows %s', async (operation, path, body) => {
    const { ok, steps: shown } = await steps('all', '--operation', operation);
    expect(kinds(shown)).toEqual(['client_request', 'chat_request', 'chat_answer', 'client_answer']);
    expect(shown[0]).toMatchObject({ method: 'POST', path, body: { model: 'all' } });
    expect(shown[1]!['address']).toBe(`${sandbox.url}${path}`);
    expect(shown[2]).toMatchObject({ status: 200 });
    expect(shown[3]).toMatchObject({ body });
    expect(ok).toBe(true);
  });

  it('shows the size of speech, and the text of events', async () => {
    const { steps: shown } = await steps('all', '--operation', 'speech', '--message', 'hello');
    expect(shown.at(-2)!['body']).toMatch(/^\(\d+ bytes of audio\/mpeg\)$/);
    expect(shown.at(-1)).toMatchObject({ step: 'client_answer', body: shown.at(-2)!['body'] });
    const streamed = await steps('all', '--operation', 'speech', '--stream');
    expect(streamed.steps.at(-1)).toMatchObject({
      step: 'client_answer',
      events: expect.any(Number) as number,
    });
    expect(streamed.ok).toBe(true);
  });

  it('takes what the model does, chat first', async () => {
    expect(await steps('embeds')).toMatchObject({ ok: true, dialect: 'openai-embeddings' });
    expect(await steps('voice')).toMatchObject({ ok: true, dialect: 'openai-audio' });
    const chat = await steps('all');
    expect([chat.dialect, kinds(chat.steps)]).toEqual([
      'openai-chat',
      ['chat_request', 'chat_answer', 'openai_answer'],
    ]);
  });

  it('lists the operations of a model that lacks the requested one, and reports a failed call', async () => {
    const wrong = await run('embeds', '--operation', 'rerank');
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toContain('code: operation_not_supported');
    expect(wrong.stdout).toContain('It supports: embeddings.');
    sandbox.fail({ kind: 'error_event', after: 0 });
    const failed = await steps('all', '--operation', 'images', '--stream');
    expect(failed.ok).toBe(false);
    expect(failed.steps.at(-1)).toMatchObject({ step: 'failure', code: 'upstream_error' });
    sandbox.fail({ kind: 'end_early', after: 1 });
    const cut = await steps('all', '--operation', 'speech', '--stream');
    expect(cut.steps.at(-1)).toMatchObject({ step: 'failure', code: 'upstream_stream_interrupted' });
  });
});

describe.each(['all', 'claude', 'gem', 'responds', 'mapped'])(
  'llm-gateway try %s, as a client of',
  (model) => {
    it.each([
      ['chat', '/v1/chat/completions', { choices: [{ message: { role: 'assistant' } }] }],
      ['messages', '/v1/messages', { type: 'message', content: [{ type: 'text' }] }],
      ['responses', '/v1/responses', { object: 'response', output: [{ type: 'message' }] }],
    ])('%s: request, response, and a stream in one', async (dialect, path, document) => {
      const words = [model, '--dialect', dialect, '--message', 'ping'];
      const [whole, streamed] = await Promise.all([steps(...words), steps(...words, '--stream')]);
      const last = whole.steps.at(-1)!;
      expect(last).toMatchObject({
        step: dialect === 'chat' ? 'openai_answer' : 'client_answer',
        body: document,
      });
      expect(JSON.stringify(last)).toContain('You said: \\"ping\\"');
      const client = whole.steps.find(({ step }) => step === 'client_request');
      if (dialect !== 'chat') expect(client).toMatchObject({ path, body: { model } });
      expect(streamed.steps.at(-1)).toMatchObject({ events: expect.any(Number) as number, in_one: document });
      expect([whole.ok, streamed.ok]).toEqual([true, true]);
    });

    it('shows the requests without sending them', async () => {
      const before = sandbox.requests.length;
      const { ok, steps: shown } = await steps(model, '--dialect', 'messages', '--dry-run');
      expect(ok).toBe(true);
      expect(shown[0]).toMatchObject({ step: 'client_request', path: '/v1/messages' });
      const path = {
        claude: '/v1/messages',
        gem: '/v1beta/models/gem:generateContent',
        responds: '/v1/responses',
      }[model];
      expect(shown.at(-1)!['address']).toBe(sandbox.url + (path ?? '/v1/chat/completions'));
      expect(sandbox.requests).toHaveLength(before);
    });
  },
);

it('names what the format of the service cannot express', async () => {
  const messages = [{ role: 'user', content: 'hi' }];
  const file = requestFile({ model: 'any', messages, seed: 7 });
  const { ok, steps: shown } = await steps('claude', '--body', file);
  expect(ok).toBe(true);
  expect(kinds(shown)).toEqual(['client_request', 'dropped', 'chat_request', 'chat_answer', 'openai_answer']);
  expect(shown[0]).toMatchObject({ body: { model: 'claude', seed: 7 } });
  expect(shown[1]!['fields']).toEqual(['seed']);
  const { stdout } = await run('claude', '--body', file);
  expect(stdout).toContain(
    '2. Not sent, because the format of the service has no place for it\n   fields: ["seed"]\n',
  );
});

it('reads recorded responses of every format', async () => {
  const reply = join(folder.path, 'reply.json');
  writeFileSync(
    reply,
    JSON.stringify({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [{ type: 'text', text: 'recorded words' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 1, output_tokens: 2 },
    }),
  );
  for (const dialect of ['chat', 'messages', 'responses']) {
    const { ok, steps: shown } = await steps('claude', '--dialect', dialect, '--reply', reply);
    expect([dialect, ok]).toEqual([dialect, true]);
    expect(JSON.stringify(shown.at(-1))).toContain('recorded words');
  }
});

it.each([
  [['--operation', 'nothing'], 2, '--operation must be one of chat, completions, embeddings'],
  [['--dialect', 'gemini'], 2, "--dialect must be one of chat, messages, responses, not 'gemini'"],
  [
    ['--dialect', 'messages', '--operation', 'embeddings'],
    2,
    'cannot be combined with --operation embeddings',
  ],
  [['--body', '/nowhere.json'], 1, 'cannot read the JSON request /nowhere.json'],
  [['--body', '/etc/hostname'], 1, 'is not JSON'],
])('refuses %j', async (words, code, message) => {
  const result = await run('all', ...words);
  expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(message) as string]);
});
