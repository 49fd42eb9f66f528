import { SpokenServices } from '../support/dialects/services.js';
import { type TestGateway, TEST_KEY } from '../support/start-gateway.js';
import { startEveryFormat } from '../support/every-format.js';

let services: SpokenServices;
let gateway: TestGateway;

beforeAll(async () => {
  services = await SpokenServices.start();
  gateway = await startEveryFormat(services.upstream);
});
afterAll(async () => {
  await gateway?.close();
  await services?.close();
});

interface Outcome {
  readonly status: number;
  readonly dropped: readonly string[];
  /** That the error names. */
  readonly path: unknown;
}

async function ask(route: string, body: object): Promise<Outcome> {
  services.write({ text: 'ok' });
  const response = await fetch(gateway.url + route, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TEST_KEY}` },
    body: JSON.stringify(body),
  });
  const document = (await response.json()) as { error?: { param?: unknown; message?: unknown } };
  return {
    status: response.status,
    dropped: response.headers.get('x-gateway-dropped')?.split(', ') ?? [],
    path: document.error?.param,
  };
}

const FORMATS: Readonly<Record<string, string>> = {
  chat: 'openai-chat',
  responses: 'openai-responses',
  gemini: 'gemini',
};
const user = { role: 'user', content: 'hi' };

/** Items of tools that the service of the format runs itself, and of what it keeps. */
const HOSTED = [
  { type: 'file_search_call', id: 'x', status: 'completed', queries: ['q'], results: null },
  { type: 'computer_call', id: 'x', call_id: 'c', status: 'completed', pending_safety_checks: [] },
  { type: 'computer_call_output', call_id: 'c', output: { type: 'computer_screenshot' } },
  { type: 'web_search_call', id: 'x', status: 'completed', action: { type: 'search', query: 'q' } },
  { type: 'compaction', encrypted_content: 'sealed' },
  { type: 'image_generation_call', id: 'x', status: 'completed', result: null },
  { type: 'code_interpreter_call', id: 'x', code: '1', container_id: 'c', outputs: null },
  { type: 'mcp_list_tools', id: 'x', server_label: 's', tools: [] },
  { type: 'mcp_approval_request', id: 'x', server_label: 's', name: 'n', arguments: '{}' },
  { type: 'mcp_approval_response', approval_request_id: 'x', approve: true },
  { type: 'mcp_call', id: 'x', server_label: 's', name: 'n', arguments: '{}' },
  { type: 'still_to_come', id: 'x' },
];
const REFUSED = ['compaction_trigger', 'item_reference', 'program', 'program_output'];

describe.each(['chat', 'messages', 'gemini'])('the items of a request for a response, for %s', (model) => {
  it.each(HOSTED.map((item) => [item.type, item] as const))('drop %s by name', async (type, item) => {
    const outcome = await ask('/v1/responses', { model, input: [user, item] });
    expect(outcome).toMatchObject({ status: 200, dropped: [`input.${type}`] });
  });

  it.each(REFUSED)('refuse %s', async (type) => {
    const { status, path } = await ask('/v1/responses', { model, input: [user, { type, id: 'x' }] });
    expect(status).toBe(400);
    expect(path).toMatch(/^input\[1\]/);
  });

  it.each([
    'file_search',
    'computer',
    'computer_use_preview',
    'web_search',
    'mcp',
    'code_interpreter',
    'programmatic_tool_calling',
    'image_generation',
    'tool_search',
    'web_search_preview',
  ])('drop the tool %s and the choice of it by name', async (type) => {
    const fields = { model, input: 'hi', tools: [{ type }], tool_choice: { type } };
    const { status, dropped } = await ask('/v1/responses', fields);
    expect([status, ...dropped.toSorted()]).toEqual([200, 'tool_choice', `tools.${type}`]);
  });
});

describe.each(['chat', 'responses', 'gemini'])('the blocks of a message, for %s', (model) => {
  const send = (messages: object[], fields: object = {}): Promise<Outcome> =>
    ask('/v1/messages', { model, max_tokens: 99, messages, ...fields });

  it.each([
    'server_tool_use',
    'web_search_tool_result',
    'web_fetch_tool_result',
    'code_execution_tool_result',
    'bash_code_execution_tool_result',
    'text_editor_code_execution_tool_result',
    'tool_search_tool_result',
    'advisor_tool_result',
    'mcp_tool_use',
    'mcp_tool_result',
    'mcp_tool_listing',
    'compaction',
    'fallback',
  ])('become text if a service wrote them: %s', async (type) => {
    const content = [{ type, id: 'x', tool_use_id: 'x', content: 'said' }];
    const { status, dropped } = await send([user, { role: 'assistant', content }, { role: 'user', content }]);
    expect([status, dropped]).toEqual([200, []]);
    expect(services.historyOf(FORMATS[model]!).turns).toHaveLength(3);
  });

  it.each(['container_upload', 'still_to_come'])('are refused if they are unknown: %s', async (type) => {
    const { status } = await send([{ role: 'user', content: [{ type, file_id: 'x' }] }]);
    expect(status).toBe(400);
  });

  it.each(['web_search_20260318', 'browser_toolset_20260801', 'mcp_toolset', 'advisor_20260301'])(
    'drop the tool %s by name',
    async (type) => {
      const { status, dropped } = await send([user], { tools: [{ type, name: 'x' }] });
      expect([status, dropped]).toEqual([200, ['tools']]);
    },
  );
});

describe.each(['chat', 'responses', 'messages', 'gemini'])(
  'what is in the fields of a request, for %s',
  (model) => {
    const IMAGE = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==', new_hint: 1 } };
    const block = { type: 'text', text: 'hi', new_hint: 1, citations: [{ type: 'char_location' }] };

    it.each([
      [
        '/v1/chat/completions',
        'chat',
        { messages: [{ role: 'user', content: [IMAGE], speaker: 'x' }] },
        ['messages.new_hint', 'messages.speaker'],
      ],
      [
        '/v1/chat/completions',
        'chat',
        { messages: [user], tools: [{ type: 'function', function: { name: 'f', defer_loading: true } }] },
        ['tools.defer_loading'],
      ],
      ['/v1/responses', 'responses', { input: [{ ...user, phase: 'commentary' }] }, ['input.phase']],
      [
        '/v1/responses',
        'responses',
        { input: 'hi', tools: [{ type: 'custom', name: 'f', defer_loading: true }] },
        ['tools.defer_loading'],
      ],
      [
        '/v1/messages',
        'messages',
        { max_tokens: 99, messages: [{ role: 'user', content: [block] }] },
        ['new_hint', 'citations'],
      ],
      [
        '/v1/messages',
        'messages',
        {
          max_tokens: 99,
          messages: [user],
          tools: [{ name: 'f', input_schema: { type: 'object' }, defer_loading: true, new_hint: 1 }],
        },
        ['defer_loading', 'new_hint'],
      ],
    ] as const)('is dropped by name if it has no place: %s %#', async (route, own, fields, names) => {
      const { status, dropped } = await ask(route, { model, ...fields });
      expect([status, dropped.toSorted()]).toEqual([200, own === model ? [] : [...names].toSorted()]);
    });
  },
);
