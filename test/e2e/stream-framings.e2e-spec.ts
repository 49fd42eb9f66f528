import { SERVICE_FORMATS } from '../support/dialects/services.js';
import { type Spoken } from '../support/dialects/spoken.js';
import { type TestGateway, TEST_KEY } from '../support/start-gateway.js';
import { type TestUpstream, startUpstream } from '../support/start-upstream.js';
import { startEveryFormat } from '../support/every-format.js';

const SAID: Spoken = {
  thought: { text: 'Ich dächte…', signature: 'c2ln' },
  text: 'Grüße 🦊 an 東京',
  calls: [{ id: 'call_1', name: 'get_weather', input: { city: 'Zürich 🏔' } }],
};
const FORMATS: Readonly<Record<string, string>> = {
  chat: 'openai-chat',
  responses: 'openai-responses',
  messages: 'anthropic-messages',
  gemini: 'gemini',
};
const CLIENTS: Readonly<Record<string, { readonly route: string; readonly body: object }>> = {
  'openai-chat': {
    route: '/v1/chat/completions',
    body: { messages: [{ role: 'user', content: 'hi' }] },
  },
  'openai-responses': { route: '/v1/responses', body: { input: 'hi' } },
  'anthropic-messages': {
    route: '/v1/messages',
    body: { max_tokens: 99, messages: [{ role: 'user', content: 'hi' }] },
  },
};
/** Legal ways to write the same events: https://html.spec.whatwg.org/multipage/server-sent-events.html */
const FRAMINGS: Readonly<Record<string, (stream: string) => string>> = {
  'carriage returns and line feeds': (stream) => stream.replaceAll('\n', '\r\n'),
  'carriage returns': (stream) => stream.replaceAll('\n', '\r'),
  'a byte order mark': (stream) => `\ufeff${stream}`,
  comments: (stream) => `: hello\n\n${stream.replaceAll('\n\n', '\n\n: keep-alive\n\n')}`,
  'no spaces': (stream) => stream.replaceAll('data: ', 'data:').replaceAll('event: ', 'event:'),
  'ids and a retry time': (stream) => `retry: 10\n\n${stream.replaceAll('data: ', 'id: 7\ndata: ')}`,
  'empty data': (stream) => stream.replaceAll('\n\n', '\n\ndata:\n\n'),
  'no empty line at its end': (stream) => stream.replace(/\n+$/, ''),
};

let upstream: TestUpstream;
let gateway: TestGateway;
let framing: (stream: string) => string | readonly Buffer[];

beforeAll(async () => {
  upstream = await startUpstream(async ({ path, res }) => {
    const stream = framing(SERVICE_FORMATS[formatAt(path)]!.stream(SAID).join(''));
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const piece of typeof stream === 'string' ? [stream] : stream) {
      res.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    res.end();
  });
  gateway = await startEveryFormat(upstream);
});
afterAll(async () => {
  await gateway?.close();
  await upstream?.close();
});

function formatAt(path: string): string {
  if (path.endsWith('/chat/completions')) return 'openai-chat';
  if (path.endsWith('/responses')) return 'openai-responses';
  return path.endsWith('/messages') ? 'anthropic-messages' : 'gemini';
}

async function streamOf(client: string, model: string, framed: typeof framing): Promise<string> {
  framing = framed;
  const { route, body } = CLIENTS[client]!;
  const response = await fetch(gateway.url + route, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TEST_KEY}` },
    body: JSON.stringify({ ...body, model, stream: true }),
  });
  expect(response.status).toBe(200);
  return response.text();
}

/** Without what each reply makes anew: ids and times. */
function said(stream: string): string {
  return stream.replace(/"(?:id|item_id|call_id|created|created_at|completed_at)":(?:"[^"]*"|\d+)/g, '');
}

const pairs = Object.keys(CLIENTS).flatMap((client) =>
  Object.entries(FORMATS)
    .filter(([, format]) => format !== client)
    .map(([model]) => ({ client, model })),
);

describe.each(pairs)('a stream of a $model service to a client of $client', ({ client, model }) => {
  it.each(Object.keys(FRAMINGS))('has the same content with %s', async (name) => {
    const plain = said(await streamOf(client, model, (stream) => stream));
    expect(plain).toContain('東京');
    expect(said(await streamOf(client, model, FRAMINGS[name]!))).toBe(plain);
  });

  it('has the same content if it is cut between the bytes of its characters', async () => {
    const plain = said(await streamOf(client, model, (stream) => stream));
    const cut = await streamOf(client, model, (stream) => {
      const bytes = Buffer.from(stream);
      const inside = [...bytes.keys()].filter((at) => (bytes[at]! & 0xc0) === 0x80);
      return [0, ...inside].map((at, index) => bytes.subarray(at, inside[index] ?? bytes.length));
    });
    const texts = (stream: string): string =>
      [...stream.matchAll(/"(?:content|delta|text|arguments|partial_json)":"((?:[^"\\]|\\.)*)"/g)]
        .map(([, text]) => text)
        .join('');
    expect(texts(said(cut))).toBe(texts(plain));
  });

  it('is broken off, not invalid, if it ends inside an event', async () => {
    const cut = await streamOf(client, model, (stream) => {
      const last = stream.lastIndexOf('data: {');
      return stream.slice(0, last + 'data: {"'.length);
    });
    const isOver = /message_stop|\[DONE\]|response\.completed/.test(cut);
    if (!isOver) expect(cut).toContain('upstream_stream_interrupted');
    expect(cut).not.toContain('upstream_invalid_response');
  });
});
