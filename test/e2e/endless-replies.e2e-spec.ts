import {
  type TestGateway,
  SINGLE_ATTEMPTS,
  TEST_KEY,
  startGateway,
  until,
} from '../support/start-gateway.js';
import { type TestUpstream, beginStream, chunkEvent, startUpstream } from '../support/start-upstream.js';

const WORDS = 'x'.repeat(10_000);
const event = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const choice = (delta: object): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta }] })}\n\n`;
const part = (fields: object): string =>
  `data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text: WORDS }] }, ...fields }] })}\n\n`;

/** What a service of each format says again and again. */
const ENDLESS: Readonly<Record<string, Readonly<Record<string, (count: number) => string>>>> = {
  chat: {
    text: () => chunkEvent(WORDS),
    reasoning: () => choice({ reasoning_content: WORDS }),
    calls: (index) =>
      choice({
        tool_calls: [
          { index, id: `call_${index}`, type: 'function', function: { name: WORDS, arguments: '{}' } },
        ],
      }),
    sources: (count) =>
      choice({ annotations: [{ type: 'url_citation', url_citation: { url: `https://${count}/${WORDS}` } }] }),
  },
  responses: {
    text: () =>
      event('response.output_text.delta', { output_index: 0, item_id: 'm', content_index: 0, delta: WORDS }),
  },
  messages: {
    text: () => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: WORDS } }),
  },
  gemini: {
    text: () => part({}),
    sources: (count) =>
      part({ groundingMetadata: { groundingChunks: [{ web: { uri: `https://${count}/${WORDS}` } }] } }),
  },
};
const CLIENTS: Readonly<Record<string, readonly [path: string, body: object]>> = {
  chat: ['/v1/chat/completions', { messages: [{ role: 'user', content: 'hi' }] }],
  responses: ['/v1/responses', { input: 'hi' }],
  messages: ['/v1/messages', { max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }],
};

let upstream: TestUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startUpstream();
  const base_url = `${upstream.url}/v1`;
  const limits = { answer: '1mb' };
  gateway = await startGateway({
    ...SINGLE_ATTEMPTS,
    models: {
      openai: [
        { name: 'chat', base_url, limits, speaks: ['openai-chat'] },
        { name: 'responses', base_url, limits, speaks: ['openai-responses'] },
      ],
      anthropic: [{ name: 'messages', base_url, limits }],
      gemini: [{ name: 'gemini', base_url, limits }],
    },
  });
});
afterAll(async () => {
  await gateway?.close();
  await upstream?.close();
});

describe.each(Object.entries(ENDLESS))('a stream of a service that speaks %s', (service, says) => {
  const clients = Object.entries(CLIENTS).filter(([client]) => client !== service);
  const cases = Object.entries(says).flatMap(([what, say]) =>
    clients.map(([client, [path, body]]) => ({ what, client, say, path, body })),
  );

  it.each(cases)(
    'ends with an error for a client of $client if the service sends $what without end',
    async ({ say, path, body }) => {
      let isLeft = false;
      upstream.handle(async ({ res }) => {
        res.on('close', () => (isLeft = true));
        beginStream(res);
        for (let count = 0; !isLeft; count++) await new Promise((resolve) => res.write(say(count), resolve));
      });
      const response = await fetch(gateway.url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: service, stream: true, ...body }),
      });
      expect(response.status).toBe(200);
      const text = await response.text();
      expect(text).toContain('The response is longer than 1048576 bytes.');
      expect(text.length).toBeLessThan(5_000_000);
      await until(() => isLeft);
    },
  );
});
