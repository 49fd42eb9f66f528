import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { type TestGateway, TEST_KEY, until } from '../support/start-gateway.js';
import { type TestUpstream, sendJson, startUpstream } from '../support/start-upstream.js';
import {
  CITED,
  TEXT,
  ANNOTATION,
  NESTED,
  CITATION,
  OUTPUT,
  QUOTE,
  URL,
  SERVICES,
} from '../fixtures/cited-services.js';
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

/** Of what no client can be told. */
const LOST: Readonly<Record<string, readonly string[]>> = { messages: ['encrypted_index'] };

function answer(service: string, isStream: boolean): void {
  const [document, events] = SERVICES[service]!;
  upstream.handle(({ res }) => {
    if (!isStream) return sendJson(res, document);
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of events) res.write(`data: ${JSON.stringify(event)}\n\n`);
    return res.end(service === 'chat' ? 'data: [DONE]\n\n' : undefined);
  });
}

interface Told {
  readonly text: string;
  readonly sources: readonly unknown[];
  readonly id: string | null;
}

const HI = [{ role: 'user' as const, content: 'hi' }];
const openai = () => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: TEST_KEY, maxRetries: 0 });

/** What the SDK of each format tells its user. */
const CLIENTS: Readonly<Record<string, (model: string, isStream: boolean) => Promise<Told>>> = {
  chat: async (model, isStream) => {
    if (!isStream) {
      const { data, response } = await openai()
        .chat.completions.create({ model, messages: HI })
        .withResponse();
      const { content, annotations } = data.choices[0]!.message;
      return { text: content!, sources: annotations ?? [], id: response.headers.get('x-request-id') };
    }
    const { data, response } = await openai()
      .chat.completions.create({ model, messages: HI, stream: true })
      .withResponse();
    let text = '';
    const sources: unknown[] = [];
    for await (const { choices } of data) {
      const delta = choices[0]?.delta as { content?: string; annotations?: unknown[] } | undefined;
      text += delta?.content ?? '';
      sources.push(...(delta?.annotations ?? []));
    }
    return { text, sources, id: response.headers.get('x-request-id') };
  },
  responses: async (model, isStream) => {
    const sources: unknown[] = [];
    const seen: unknown[] = [];
    if (isStream) {
      const stream = openai().responses.stream({ model, input: 'hi' });
      for await (const event of stream)
        if (event.type === 'response.output_text.annotation.added') seen.push(event.annotation);
      const { output, output_text: text } = await stream.finalResponse();
      for (const item of output)
        if (item.type === 'message')
          for (const part of item.content) if (part.type === 'output_text') sources.push(...part.annotations);
      expect(seen).toEqual(sources);
      return { text, sources, id: null };
    }
    const { data, response } = await openai().responses.create({ model, input: 'hi' }).withResponse();
    for (const item of data.output)
      if (item.type === 'message')
        for (const part of item.content) if (part.type === 'output_text') sources.push(...part.annotations);
    return { text: data.output_text, sources, id: response.headers.get('x-request-id') };
  },
  messages: async (model, isStream) => {
    const { messages } = new Anthropic({ baseURL: gateway.url, apiKey: TEST_KEY, maxRetries: 0 });
    const ask = { model, max_tokens: 9, messages: HI };
    const { content } = isStream ? await messages.stream(ask).finalMessage() : await messages.create(ask);
    const texts = content.filter((block) => block.type === 'text');
    return {
      text: texts.map(({ text }) => text).join(''),
      sources: texts.flatMap(({ citations }) => citations ?? []),
      id: null,
    };
  },
};

/** A source as each client gets it, with the words of the source where the service has them. */
function expected(client: string, quote: string | undefined): object {
  if (client === 'messages') return { ...CITATION, cited_text: quote ?? '', encrypted_index: '' };
  if (client === 'responses') return ANNOTATION;
  const { url_citation } = NESTED;
  return { ...NESTED, url_citation: { ...url_citation, ...(quote !== undefined && { content: quote }) } };
}

const PAIRS = Object.keys(SERVICES).flatMap((service) =>
  Object.keys(CLIENTS)
    .filter((client) => client !== service)
    .map((client) => [service, client] as const),
);

describe.each(PAIRS)('a source in the reply of %s reaches %s', (service, client) => {
  const quote = service === 'messages' ? QUOTE : undefined;

  it.each([false, true])('in a stream: %s', async (isStream) => {
    answer(service, isStream);
    const { text, sources, id } = await CLIENTS[client]!(service, isStream);
    expect(text).toBe(TEXT);
    expect(sources).toEqual([expected(client, quote)]);
    if (id === null) return;
    const line = () => gateway.log().find((each) => each['request_id'] === id && each.message === 'request');
    await until(() => line() !== undefined, 'the line of the log');
    const lost = [
      ...(LOST[service] ?? []),
      ...(client === 'responses' && quote !== undefined ? ['cited_text'] : []),
    ];
    expect(((line()!['dropped'] ?? []) as string[]).toSorted()).toEqual(
      lost.map((name) => `response.${name}`).toSorted(),
    );
  });
});

describe('a conversation with sources goes on', () => {
  const ok: Readonly<Record<string, object>> = {
    chat: SERVICES['chat']![0],
    responses: SERVICES['responses']![0],
    messages: SERVICES['messages']![0],
    gemini: SERVICES['gemini']![0],
  };

  it.each(Object.keys(SERVICES))('with %s', async (service) => {
    upstream.handle(({ res }) => sendJson(res, ok[service]));
    const before = upstream.calls.length;
    const content = [
      {
        type: 'text' as const,
        text: TEXT,
        citations: [{ ...CITATION, type: CITATION.type as 'web_search_result_location' }],
      },
    ];
    const output = [OUTPUT] as OpenAI.Responses.ResponseInputItem[];
    if (service !== 'chat')
      await openai().chat.completions.create({
        model: service,
        messages: [...HI, { role: 'assistant', content: TEXT, annotations: [NESTED] } as never, ...HI],
      });
    if (service !== 'responses')
      await openai().responses.create({ model: service, input: [...output, ...HI] });
    if (service !== 'messages')
      await new Anthropic({ baseURL: gateway.url, apiKey: TEST_KEY, maxRetries: 0 }).messages.create({
        model: service,
        max_tokens: 9,
        messages: [...HI, { role: 'assistant', content }, ...HI],
      });
    const bodies = upstream.calls.slice(before).map(({ body }) => body.toString());
    expect(bodies.length).toBeGreaterThan(1);
    for (const body of bodies) {
      expect(body).toContain(CITED);
      expect(body).not.toContain(URL);
    }
  });
});
