import OpenAI from 'openai';
import { parseSse, readSse } from '../support/read-sse.js';
import { TEST_KEY, until } from '../support/start-gateway.js';
import { readCompletion, readError } from '../support/start-mapped.js';
import {
  JOINED,
  event,
  text,
  mapped,
  asStream,
  streamed,
  sendPieces,
  write,
  openMappedStreams,
} from '../support/mapped-streams.js';

openMappedStreams();

describe('a mapped stream', () => {
  it('of named events becomes OpenAI chunks, one id and model in all', async () => {
    sendPieces([
      ': hello\n\n',
      event('begin', { chat: 'chat-1' }),
      event('thought', { text: 'hm' }),
      event('delta', { text: 'a' }),
      event('delta', { text: 'b' }),
      event('end', { why: 'length', in: 2, out: 3 }),
      event('delta', { text: 'too late' }),
    ]);
    const { chunks, content, isDone } = await streamed('named', { stream_options: { include_usage: true } });
    expect([content, isDone]).toEqual(['ab', true]);
    expect(
      new Set(chunks.map(({ id, created, model, object }) => JSON.stringify([id, created, model, object])))
        .size,
    ).toBe(1);
    expect(chunks[0]).toMatchObject({
      id: 'chat-1',
      object: 'chat.completion.chunk',
      model: 'named',
      usage: null,
    });
    const choices = chunks.map(({ choices }) => (choices as unknown[])[0]);
    expect(choices).toEqual([
      expect.objectContaining({ delta: { role: 'assistant', reasoning_content: 'hm' }, finish_reason: null }),
      expect.objectContaining({ delta: { content: 'a' } }),
      expect.objectContaining({ delta: { content: 'b' } }),
      expect.objectContaining({ delta: {}, finish_reason: 'length' }),
      undefined,
    ]);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 5 } });
    const line = () => mapped.gateway.log().findLast(({ message }) => message === 'request');
    await until(() => line()?.['model'] === 'named');
    expect(line()).toMatchObject({ prompt_tokens: 2, completion_tokens: 3 });
  });

  it('holds tool calls, whole ones and continued ones', async () => {
    sendPieces([
      event('call', { name: 'f', arguments: { a: 1 } }),
      event('call', [{ name: 'g' }]),
      event('end', {}),
    ]);
    const client = new OpenAI({ baseURL: `${mapped.gateway.url}/v1`, apiKey: TEST_KEY, maxRetries: 0 });
    const read = () =>
      client.chat.completions
        .stream({ model: 'named', messages: [{ role: 'user', content: 'x' }] })
        .finalMessage();
    expect((await read()).tool_calls).toMatchObject([
      { type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
      { type: 'function', function: { name: 'g', arguments: '{}' } },
    ]);
    sendPieces([
      event('call', { index: 0, id: 'c', function: { name: 'f', arguments: '{"a"' } }),
      event('call', { index: 0, function: { arguments: ':1}' } }),
      event('end', {}),
    ]);
    expect((await read()).tool_calls).toMatchObject([
      { id: 'c', function: { name: 'f', arguments: '{"a":1}' } },
    ]);
  });

  it.each(['named', 'field', 'lines', 'chunks'])('of format %s may be cut at every byte', async (model) => {
    const body = Buffer.from(
      {
        named:
          event('delta', { text: '已经 naïve ' }) + event('delta', { text: '😀 done' }) + event('end', {}),
        field:
          'data: {"text":\r\ndata: "已经 naïve "}\r\n\r\nid: 4\r\ndata: {"text":"😀 done"}\r\n\r\ndata: [DONE]\r\n\r\n',
        lines: '{"message":{"content":"已经 naïve "}}\n\n{"message":{"content":"😀 done"}}\r\n{"done":true}',
        chunks: JOINED,
      }[model]!,
    );
    mapped.upstream.handle(async ({ res, headers }) => {
      const at = Number(headers['openai-cut']);
      res.writeHead(200, {
        'content-type':
          model === 'lines'
            ? 'application/x-ndjson'
            : model === 'chunks'
              ? 'text/plain'
              : 'text/event-stream',
      });
      await write(res, body.subarray(0, at));
      await write(res, body.subarray(at));
      res.end();
    });
    for (let at = 1; at < body.length; at++) {
      const response = await mapped.gateway.chat(
        { model, stream: true, messages: [{ role: 'user', content: 'x' }] },
        { headers: { 'openai-cut': String(at) } },
      );
      const { content, isDone, error } = await readSse(response);
      expect([at, content, isDone, error]).toEqual([at, JOINED, true, undefined]);
    }
  });

  it('of plain text may pass through an expression', async () => {
    sendPieces(['ab', 'cd'], { type: 'text/plain' });
    expect(await streamed('shouting')).toMatchObject({ content: 'ABCD', isDone: true });
  });

  it('of events that repeat the whole text is sent on as its new part', async () => {
    sendPieces(['a', 'ab', 'ab', 'abc', 'ab', 'abcd', 'aXcdef'].map(text));
    expect(await streamed('whole')).toMatchObject({ content: 'abcdef', isDone: true });
    // A plain answer has what the service said last.
    expect(await readCompletion(await mapped.ask('whole'))).toMatchObject({
      content: 'aXcdef',
      finishReason: 'stop',
    });
    sendPieces([
      text('a'),
      'data: {"calls":[{"name":"f"}]}\n\n',
      'data: {"calls":[{"name":"f"},{"name":"g"}]}\n\n',
    ]);
    expect(await readCompletion(await mapped.ask('whole'))).toMatchObject({
      message: { tool_calls: [{ function: { name: 'f' } }, { function: { name: 'g' } }] },
      finishReason: 'tool_calls',
    });
  });

  it('becomes one JSON response for a client that wants it', async () => {
    sendPieces(['{"message":{"content":"a"}}\n', '{"message":{"content":"b"},"done":true}\n'], {
      type: 'application/json',
    });
    const { content, usage, finishReason, body } = await readCompletion(await mapped.ask('lines'));
    expect([content, finishReason, body['object']]).toEqual(['ab', 'stop', 'chat.completion']);
    expect(usage).toMatchObject({ completion_tokens: 1, estimated: true });
    sendPieces(['{"error":"broken"}\n'], { type: 'application/x-ndjson' });
    expect(await readError(await mapped.ask('lines'))).toMatchObject({ status: 500, message: 'broken' });
  });

  it('estimates tokens only for a client that will see them', async () => {
    sendPieces([text('The quick brown fox')]);
    const seen = await streamed('field', { stream_options: { include_usage: true } });
    expect(seen.chunks.at(-1)).toMatchObject({ usage: { completion_tokens: 4, estimated: true } });
    const unseen = await streamed('field');
    expect(unseen.content).toBe('The quick brown fox');
    expect(unseen.chunks.filter((chunk) => 'usage' in chunk)).toEqual([]);
  });

  it('hands each event on as soon as it came, and keeps a silent one alive', async () => {
    let send!: (words: string) => void;
    mapped.upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      send = (words) => void (words === '' ? res.end() : res.write(text(words)));
      send('one');
    });
    const reader = (await asStream('field')).body!.getReader();
    let got = '';
    const readUntil = async (words: string) => {
      while (!got.includes(words)) got += Buffer.from((await reader.read()).value!).toString();
    };
    await readUntil('"one"');
    send('two');
    await readUntil('"two"');
    await readUntil(': keep-alive');
    send('');
    await readUntil('[DONE]');
    expect(parseSse(got).content).toBe('onetwo');
  });

  it('is aborted when the client leaves', async () => {
    let isClosed = false;
    mapped.upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(text('a'));
      res.on('close', () => (isClosed = true));
    });
    const leave = new AbortController();
    const response = await asStream('field', {}, leave.signal);
    await response.body!.getReader().read();
    leave.abort();
    await until(() => isClosed, 'the abort');
  });

  it('is held back by a slow client', async () => {
    let sent = 0;
    const piece = text('x'.repeat(60_000));
    mapped.upstream.handle(async ({ res }) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      while (sent < 1000 && !res.destroyed) {
        sent++;
        await write(res, piece);
      }
      res.end();
    });
    const response = await asStream('field');
    const reader = response.body!.getReader();
    await reader.read();
    let before = -1;
    await until(() => {
      const isStill = before === sent && sent > 1;
      before = sent;
      return isStill;
    }, 'the pause');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(sent).toBeLessThan(400);
    let length = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) length += part.value.length;
    expect(sent).toBe(1000);
    expect(length).toBeGreaterThan(59_000_000);
  });
});
