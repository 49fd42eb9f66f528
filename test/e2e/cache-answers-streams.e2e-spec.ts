import { startGateway } from '../support/start-gateway.js';
import {
  type UpstreamCall,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
} from '../support/start-upstream.js';
import {
  ask,
  cachesOf,
  configOf,
  gateway,
  nextCount,
  openCachedAnswers,
  question,
  upstream,
} from '../support/cached-answers.js';

openCachedAnswers();

describe('a kept stream', () => {
  const streamed = ({ res }: UpstreamCall) => {
    beginStream(res);
    res.write(chunkEvent('Hel'));
    res.write(': comment of the service\n\n');
    res.write(chunkEvent(`lo ${nextCount()}`));
    res.write(chunkEvent('', 'stop'));
    res.end('data: [DONE]\n\n');
  };

  it('is replayed event by event, and kept apart from the plain response', async () => {
    upstream.handle(streamed);
    const body = { ...question(), stream: true };
    const first = await ask(gateway, body);
    const second = await ask(gateway, body);
    expect(cachesOf(first, second)).toEqual(['miss', 'hit']);
    expect(second.text).toBe(first.text);
    expect(second.text).toMatch(/data: \[DONE\]\n\n$/);
    expect(second.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(second.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(gateway.log().at(-1)).toMatchObject({ cache: 'hit', stream: true });
    expect((await ask(gateway, { ...body, stream_options: { include_usage: true } })).cache).toBe('miss');
    upstream.handle(({ res }) => sendJson(res, completion()));
    expect((await ask(gateway, { ...body, stream: false })).cache).toBe('miss');
  });

  it('is kept only if it was complete', async () => {
    const body = { ...question(), stream: true };
    upstream.handle(({ res }) => {
      beginStream(res);
      res.write(chunkEvent('Hel'));
      setTimeout(() => res.destroy(), 20);
    });
    expect((await ask(gateway, body)).text).toContain('upstream_stream_interrupted');
    upstream.handle(({ res }) => {
      beginStream(res);
      res.write(chunkEvent('Hel'));
      res.end(chunkEvent('', 'length') + 'data: [DONE]\n\n');
    });
    expect((await ask(gateway, body)).cache).toBe('miss');
    upstream.handle(streamed);
    expect(cachesOf(await ask(gateway, body), await ask(gateway, body))).toEqual(['miss', 'hit']);
  });

  it('holds no keep-alive comments of the gateway', async () => {
    const lively = await startGateway({ server: { sse_keepalive_seconds: 0.05 }, ...configOf(upstream) });
    upstream.handle(({ res }) => {
      beginStream(res);
      res.write(chunkEvent('a'));
      setTimeout(() => res.end(chunkEvent('', 'stop') + 'data: [DONE]\n\n'), 300);
    });
    const body = { ...question(), stream: true };
    const first = await ask(lively, body);
    const again = await ask(lively, body);
    await lively.close();
    expect(first.text).toContain(': keep-alive');
    expect(again.cache).toBe('hit');
    expect(again.text).not.toContain(': keep-alive');
  });
});

describe('in other formats', () => {
  it.each([
    ['/v1/responses', { model: 'm', temperature: 0, input: 'hi' }],
    ['/v1/responses', { model: 'm', temperature: 0, input: 'hi', stream: true }],
    [
      '/v1/messages',
      { model: 'm', temperature: 0, max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] },
    ],
    [
      '/v1/messages',
      {
        model: 'm',
        temperature: 0,
        max_tokens: 5,
        messages: [{ role: 'user', content: 'hi' }],
        stream: true,
      },
    ],
  ])('%s is translated once: %#', async (path, body) => {
    const isStream = 'stream' in body;
    upstream.handle(({ res }) => {
      if (!isStream) return sendJson(res, completion());
      beginStream(res);
      res.end(chunkEvent('hello') + chunkEvent('', 'stop') + 'data: [DONE]\n\n');
    });
    const [first, second] = [await ask(gateway, body, { path }), await ask(gateway, body, { path })];
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(cachesOf(first, second)).toEqual(['miss', 'hit']);
    expect(second.text).toBe(first.text);
    expect(upstream.calls).toHaveLength(1);
    if (path === '/v1/messages')
      expect(second.headers.get('request-id')).toBe(second.headers.get('x-request-id'));
  });

  it.each([
    [
      '/v1/embeddings',
      { model: 'm', input: 'hi' },
      { object: 'list', data: [{ object: 'embedding', index: 0, embedding: [0.1] }] },
    ],
    ['/v1/moderations', { model: 'm', input: 'hi' }, { id: 'a', model: 'm', results: [{ flagged: false }] }],
    [
      '/v1/rerank',
      { model: 'm', query: 'q', documents: ['a'] },
      { results: [{ index: 0, relevance_score: 0.5 }] },
    ],
    [
      '/v1/completions',
      { model: 'm', prompt: 'hi', temperature: 0 },
      { object: 'text_completion', choices: [{ index: 0, text: 'x', finish_reason: 'stop' }] },
    ],
  ])('%s is given again', async (path, body, document) => {
    upstream.handle(({ res }) => sendJson(res, document));
    const seen = [await ask(gateway, body, { path }), await ask(gateway, body, { path })] as const;
    expect(seen.map(({ status }) => status)).toEqual([200, 200]);
    expect(cachesOf(...seen)).toEqual(['miss', 'hit']);
    expect(seen[1].text).toBe(seen[0].text);
  });
});
