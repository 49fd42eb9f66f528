import { type TestGateway, TEST_KEY, until } from '../support/start-gateway.js';
import { type TestUpstream, sendJson, startUpstream } from '../support/start-upstream.js';
import { startEveryFormat } from '../support/every-format.js';

let upstream: TestUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startEveryFormat(upstream);
});
afterAll(async () => {
  await gateway?.close();
  await upstream?.close();
});

const user = { role: 'user', content: 'hi' };
const CLIENTS: Readonly<Record<string, readonly [route: string, fields: object]>> = {
  chat: ['/v1/chat/completions', { messages: [user] }],
  responses: ['/v1/responses', { input: 'hi' }],
  messages: ['/v1/messages', { max_tokens: 99, messages: [user] }],
};

/** What a service of each format says beside its text, and the names of it. */
const REPLIES: Readonly<
  Record<string, readonly [document: object, events: readonly object[], names: string[]]>
> = {
  chat: [
    {
      id: 'c',
      system_fingerprint: 'fp',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'ok', hint: 1 },
          logprobs: { content: [{ token: 'ok' }] },
          content_filter_results: { hate: { filtered: false, severity: 'safe' } },
          finish_reason: 'stop',
        },
        { index: 1, message: { role: 'assistant', content: 'or' }, finish_reason: 'stop' },
      ],
    },
    [
      {
        id: 'c',
        system_fingerprint: 'fp',
        choices: [{ index: 0, delta: { content: 'ok', hint: 1 }, logprobs: { content: [{ token: 'ok' }] } }],
      },
      { choices: [{ index: 1, delta: { content: 'or' } }] },
      {
        choices: [
          {
            index: 0,
            delta: {},
            content_filter_results: { hate: { filtered: false } },
            finish_reason: 'stop',
          },
        ],
      },
    ],
    ['choices', 'hint', 'logprobs'],
  ],
  responses: [
    {
      object: 'response',
      id: 'r',
      status: 'completed',
      moderation: { flagged: true },
      output: [
        { type: 'web_search_call', id: 'w', status: 'completed', action: { type: 'open_page' } },
        {
          type: 'message',
          id: 'm',
          role: 'assistant',
          status: 'completed',
          phase: 'final_answer',
          content: [{ type: 'output_text', text: 'ok', annotations: [], logprobs: [{ token: 'ok' }] }],
        },
      ],
    },
    [],
    ['logprobs', 'moderation', 'phase', 'web_search_call'],
  ],
  messages: [
    {
      type: 'message',
      id: 'm',
      role: 'assistant',
      container: { id: 'c' },
      content: [
        { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
        { type: 'text', text: 'ok' },
        { type: 'still_to_come', text: 'x' },
      ],
      stop_reason: 'end_turn',
      usage: { input_tokens: 1, output_tokens: 1 },
    },
    [],
    ['container', 'server_tool_use', 'still_to_come'],
  ],
  gemini: [
    {
      candidates: [
        {
          content: {
            role: 'model',
            parts: [
              { executableCode: { language: 'PYTHON', code: '1' } },
              { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } },
              { text: 'ok' },
            ],
          },
          finishReason: 'STOP',
          safetyRatings: [{ category: 'x', probability: 'LOW' }],
        },
      ],
    },
    [],
    ['codeExecutionResult', 'executableCode', 'safetyRatings'],
  ],
};

function eventsOf(model: string): readonly object[] {
  const [document, events] = REPLIES[model]! as [Record<string, unknown>, readonly object[], string[]];
  switch (model) {
    case 'responses':
      return [
        { type: 'response.created', response: { id: 'r' } },
        ...(document['output'] as object[]).map((item, output_index) => ({
          type: 'response.output_item.done',
          output_index,
          item,
        })),
        { type: 'response.completed', response: document },
      ];
    case 'messages':
      return [
        { type: 'message_start', message: { ...document, content: [], stop_reason: null } },
        ...(document['content'] as object[]).flatMap((content_block, index) => [
          { type: 'content_block_start', index, content_block },
          { type: 'content_block_stop', index },
        ]),
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
        { type: 'message_stop' },
      ];
    default:
      return model === 'gemini' ? [document] : events;
  }
}

function ask(client: string, model: string, stream: boolean): Promise<Response> {
  const [route, fields] = CLIENTS[client]!;
  return fetch(gateway.url + route, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TEST_KEY}` },
    body: JSON.stringify({ model, ...fields, stream }),
  });
}

const PAIRS = Object.keys(REPLIES).flatMap((model) =>
  Object.keys(CLIENTS)
    .filter((client) => client !== model)
    .map((client) => [model, client] as const),
);

describe.each(PAIRS)('what a reply of %s contains and %s has no place for', (model, client) => {
  const names = REPLIES[model]![2].map((name) => `response.${name}`);

  it('is named in the header of a document, and in the log', async () => {
    upstream.handle(({ res }) => sendJson(res, REPLIES[model]![0]));
    const response = await ask(client, model, false);
    expect(await response.text()).toContain('ok');
    expect(response.headers.get('x-gateway-dropped')?.split(', ').toSorted()).toEqual(names);
    const id = response.headers.get('x-request-id');
    const line = () => gateway.log().find((each) => each['request_id'] === id && each.message === 'request');
    await until(() => line() !== undefined, 'the line of the log');
    expect((line()!['dropped'] as string[]).toSorted()).toEqual(names);
  });

  it('is named in the log for a stream, whose head is sent before', async () => {
    upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of eventsOf(model)) res.write(`data: ${JSON.stringify(event)}\n\n`);
      return res.end(model === 'chat' ? 'data: [DONE]\n\n' : undefined);
    });
    const response = await ask(client, model, true);
    expect(await response.text()).toContain('ok');
    const id = response.headers.get('x-request-id');
    const line = () => gateway.log().find((each) => each['request_id'] === id && each.message === 'request');
    await until(() => line() !== undefined, 'the line of the log');
    expect((line()!['dropped'] as string[]).toSorted()).toEqual(names);
  });
});
