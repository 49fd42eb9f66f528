import { exchange, learned, json, events, UUID } from '../../../test/fixtures/learning/learned.js';

describe('a request', () => {
  it('is a GET with the question, a key and a time in its query', () => {
    const { model } = learned([
      exchange(
        `curl 'https://h/sse?prompt=What%20is%20up%3F&apikey=planted-1&uuid=${UUID}&_t=1795872953789'`,
        events({ v: 'Not ' }, { v: 'much ' }, { v: 'here' }),
      ),
    ]);
    expect(model).toMatchObject({
      token: 'not-needed',
      settings: { apikey: '${HOUSE_APIKEY}' },
      request: {
        method: 'GET',
        path: '/sse',
        query: { apikey: '$settings.apikey', _t: '$string($millis())' },
      },
      stream: { text: 'data.v' },
    });
  });

  it('holds earlier messages as pairs, or asks in a text of JSON', () => {
    const pairs = learned([
      exchange(json('https://h/chat', { prompt: 'more', history: [['hi', 'hello']] }), {
        response: 'Here it is',
      }),
    ]);
    expect(JSON.stringify(pairs.model['request'])).toContain(
      '[$text($m.content), $text($list[$i + 1].content)]',
    );
    expect(pairs.unsure.join()).toContain('pairs of a question and its answer');
    const nested = learned([
      exchange(json('https://h/send', { msg_type: 'text', content: '{"text":"hello bot"}' }), {
        data: { content: '{"text":"hello human"}' },
      }),
    ]);
    expect(JSON.stringify(nested.model['request'])).toContain('$string({');
    expect(nested.model['response']).toMatchObject({ text: '$json(data.content).text' });
  });

  it('contains no conversation id and reports this; --question chooses the user message', () => {
    const { model, unsure } = learned([
      exchange(json('https://h/chat', { query: 'hi', session_id: UUID, requestId: UUID }), {
        reply: 'Good day',
      }),
    ]);
    expect(JSON.stringify(model['request'])).not.toContain(UUID);
    expect(unsure.join()).toContain('session_id names a conversation');
    const chat = () => [
      exchange(json('https://h/chat', { a: 'one two', b: 'three four' }), { reply: 'Good day' }),
    ];
    expect(learned(chat()).unsure.join()).toContain('a was taken for the question');
    expect(JSON.stringify(learned(chat(), [], { question: 'three four' }).model['request'])).toContain(
      '\\"a\\": \\"one two\\"',
    );
    expect(() => learned(chat(), [], { question: 'five' })).toThrow(
      'no field of the request holds the text of --question',
    );
    expect(() => learned([exchange(json('https://h/chat', { n: 1 }), {})])).toThrow(
      'say it with --question TEXT',
    );
  });
});

describe('a stream', () => {
  it('distinguishes thinking from text by the kind of event', () => {
    const { model, unsure } = learned([
      exchange(
        json('https://h/agent', { messages: [{ role: 'human', content: [{ type: 'text', text: 'hi' }] }] }),
        events(
          { type: 'run_started', run_id: 'r1' },
          { type: 'thinking', delta: 'Let me ' },
          { type: 'thinking', delta: 'think.' },
          { type: 'text', delta: 'Hello ' },
          { type: 'text', delta: 'dear ' },
          { type: 'text', delta: 'user' },
          { type: 'tool', name: 'search', delta: '{}' },
          { type: 'usage', usage: { input_tokens: 5, output_tokens: 7 } },
          { type: 'run_finished', status: 'success' },
        ),
      ),
    ]);
    expect(model['stream']).toMatchObject({
      text: 'data.type = "text" ? data.delta',
      reasoning: 'data.type = "thinking" ? data.delta',
      usage: { prompt_tokens: 'data.usage.input_tokens', completion_tokens: 'data.usage.output_tokens' },
      done: 'data.type = "run_finished"',
    });
    expect(unsure.join()).toContain('assumed to be "ai"');
  });

  it('may repeat its text in each line', () => {
    const lines = ['Hi', 'Hi you', 'Hi you there'].map((content, at) =>
      JSON.stringify({ errno: 0, result: { content, finish: at === 2 } }),
    );
    const { model } = learned([exchange(json('https://h/chat', { q: 'hi' }), lines.join('\n'))]);
    expect(model['stream']).toMatchObject({
      format: 'ndjson',
      text: 'result.content',
      whole_text: true,
      done: 'result.finish',
    });
  });
});

it.each([
  ['HTTP/1.1 500 Oops\n\n{}', 'it is HTTP 500'],
  ['{"success": false, "message": "log in"}', 'success is false'],
  ['{"code": 10401, "msg": "log in", "data": null}', 'code is 10401'],
])('learns nothing from a failure: %s', (answer, why) => {
  expect(() => learned([exchange(json('https://h/chat', { q: 'hi' }), answer)])).toThrow(why);
});
