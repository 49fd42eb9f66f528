import { readSse } from '../support/read-sse.js';
import { beginStream, chunkEvent, completion, sendJson } from '../support/start-upstream.js';
import { ask, gateway, openSandboxStreams, sandbox, upstream } from '../support/sandbox-streams.js';

openSandboxStreams();

describe('between the two forms of a response', () => {
  it('makes a correct stream of a plain JSON response', async () => {
    const toolCalls = [
      { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } },
      { id: 'c2', type: 'function', function: { name: 'g', arguments: '{"a":1}' } },
    ];
    upstream.handle(({ res }) =>
      sendJson(res, {
        ...completion('你好'),
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: '你好', tool_calls: toolCalls },
            finish_reason: 'tool_calls',
          },
        ],
      }),
    );
    const stream = await readSse(await ask('custom', { stream_options: { include_usage: true } }));
    expect(stream).toMatchObject({ content: '你好', isDone: true, error: undefined });
    for (const chunk of stream.chunks)
      expect(chunk).toMatchObject({
        id: 'chatcmpl-test',
        object: 'chat.completion.chunk',
        model: 'upstream-model',
      });
    expect(stream.chunks[0]).toMatchObject({
      choices: [
        {
          delta: {
            tool_calls: [
              { index: 0, id: 'c1' },
              { index: 1, id: 'c2' },
            ],
          },
          finish_reason: null,
        },
      ],
      usage: null,
    });
    expect(stream.chunks[1]).toMatchObject({ choices: [{ delta: {}, finish_reason: 'tool_calls' }] });
    expect(stream.chunks[2]).toMatchObject({ choices: [], usage: { total_tokens: 8 } });
  });

  it('omits the usage from such a stream if the client did not request it', async () => {
    sandbox.fail('json_for_stream');
    const stream = await readSse(await ask('sandbox'));
    expect(stream.isDone).toBe(true);
    expect(stream.content).not.toBe('');
    expect(stream.text).not.toContain('usage');
  });

  it('makes one JSON response of a stream', async () => {
    const [expected, streamed] = [0, 1].map(() => ({
      model: 'sandbox',
      messages: [{ role: 'user', content: '你好' }],
    }));
    const plain = (await (await gateway.chat(expected)).json()) as Record<string, unknown>;
    sandbox.fail('stream_for_json');
    const response = await gateway.chat(streamed);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    const gathered = (await response.json()) as Record<string, unknown>;
    expect(gathered).toMatchObject({ object: 'chat.completion', model: plain['model'] });
    expect(gathered).toMatchObject({
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          message: {
            role: 'assistant',
            content: (plain['choices'] as { message: { content: string } }[])[0]!.message.content,
          },
        },
      ],
    });
  });

  it('joins tool calls that a stream spells out in pieces', async () => {
    const delta = (part: unknown) =>
      `data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, delta: part, finish_reason: null }] })}\n\n`;
    upstream.handle(({ res }) => {
      beginStream(res);
      res.write(
        delta({
          role: 'assistant',
          tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '' } }],
        }),
      );
      res.write(delta({ tool_calls: [{ index: 0, function: { arguments: '{"a"' } }] }));
      res.write(
        delta({
          tool_calls: [
            { index: 0, function: { arguments: ':1}' } },
            { index: 1, id: 'c2', type: 'function', function: { name: 'g', arguments: '{}' } },
          ],
        }),
      );
      res.end(`${chunkEvent('', 'tool_calls')}data: [DONE]\n\n`);
    });
    const answer = await (
      await gateway.chat({ model: 'custom', messages: [{ role: 'user', content: 'x' }] })
    ).json();
    expect(answer).toMatchObject({
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            content: null,
            tool_calls: [
              { id: 'c1', function: { name: 'f', arguments: '{"a":1}' } },
              { id: 'c2', function: { arguments: '{}' } },
            ],
          },
        },
      ],
    });
  });

  it('does not call half a stream a response', async () => {
    upstream.handle(({ res }) => {
      beginStream(res);
      res.end(chunkEvent('half'));
    });
    const response = await gateway.chat({ model: 'custom', messages: [{ role: 'user', content: 'x' }] });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ error: { code: 'upstream_stream_interrupted' } });
  });

  it.each([
    ['a finish reason', chunkEvent('whole') + chunkEvent('', 'stop')],
    ['[DONE]', `${chunkEvent('whole')}data: [DONE]\n\n`],
  ])('takes a stream for whole that ends with %s', async (_end, events) => {
    upstream.handle(({ res }) => {
      beginStream(res);
      res.end(events);
    });
    const response = await gateway.chat({ model: 'custom', messages: [{ role: 'user', content: 'x' }] });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'whole' } }] });
  });

  it('is an error if the stream reports one', async () => {
    upstream.handle(({ res }) => {
      beginStream(res);
      res.end(`${chunkEvent('half')}data: {"error":{"message":"out of memory"}}\n\ndata: [DONE]\n\n`);
    });
    const response = await gateway.chat({ model: 'custom', messages: [{ role: 'user', content: 'x' }] });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      error: { code: 'upstream_error', message: 'out of memory' },
    });
  });

  it.each([
    ['text/plain', 'application/json'],
    ['application/vnd.house+json; charset=utf-8', 'application/vnd.house+json; charset=utf-8'],
  ])('knows a response under %s for JSON', async (sent, told) => {
    upstream.handle(({ res }) =>
      res.writeHead(200, { 'content-type': sent }).end(JSON.stringify(completion('plain'))),
    );
    const response = await gateway.chat({ model: 'custom', messages: [{ role: 'user', content: 'x' }] });
    expect(response.headers.get('content-type')).toBe(told);
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'plain' } }] });
  });

  it('makes a stream of a response under another name for JSON', async () => {
    upstream.handle(({ res }) =>
      res
        .writeHead(200, { 'content-type': 'application/vnd.house+json' })
        .end(JSON.stringify(completion('plain'))),
    );
    expect(await readSse(await ask('custom'))).toMatchObject({ content: 'plain', isDone: true });
  });
});
