import { type TestGateway, startGateway } from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

let upstream: TestUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startUpstream();
  const base_url = `${upstream.url}/v1`;
  gateway = await startGateway({
    models: {
      openai: [
        { name: 'same-name', base_url, api_key: 'upstream-key-1' },
        { name: 'renamed', base_url, api_key: 'upstream-key-1', model_name: 'org/其他 model' },
        { name: 'limited', base_url, model_name: 'limited-up', max_tokens: 4096 },
        { name: 'reasoning', base_url, max_tokens: 512, max_tokens_field: 'max_completion_tokens' },
        {
          name: 'azure',
          base_url: `${upstream.url}/openai/deployments/d/`,
          query: { 'api-version': '2024-10-21' },
          headers: { 'Api-Key': 'azure-secret-key', 'X-Team': 'blue' },
        },
      ],
      request: [{ name: 'fixed', base_url, token: 'fixed-token-123', model_name: 'actual' }],
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});
beforeEach(() => {
  upstream.calls.length = 0;
  upstream.handle(({ res }) => sendJson(res, completion()));
});

const lastCall = () => upstream.calls.at(-1)!;

describe('a request on its way up', () => {
  it('reaches the upstream byte for byte when nothing must change', async () => {
    const body =
      '{ "model" : "same-name",\n\t"messages":[{"role":"user","content":"\\u4f60好 🙂"}], "big": 12345678901234567890,' +
      ' "one": 1.0, "tiny": 1e-400, "exp": 1E5, "nil": null, "zero": 0, "no": false, "empty": "", "__proto__": {"x": 1},' +
      ' "constructor": {"prototype": 2}, "toString": 1, "dup": 1, "dup": 2, "nested": {"model": "inner", "a": [1.50, {}]} }';
    const response = await gateway.chat(body);
    expect(response.status).toBe(200);
    expect(lastCall().body.toString()).toBe(body);
    expect(lastCall().path).toBe('/v1/chat/completions');
  });

  it('changes the bytes of the model and no others when the upstream has another name for it', async () => {
    const before =
      '{"x":{"model":"renamed"},"mod\\u0065l":"ren\\u0061med" , "messages":[{"role":"user","content":"\\"model\\":"}],"n":1.0}';
    await gateway.chat(before);
    expect(lastCall().body.toString()).toBe(
      before.replace('"ren\\u0061med"', JSON.stringify('org/其他 model')),
    );
  });

  it.each([
    ['neither is given', '', true],
    ['max_tokens is given', ',"max_tokens":7', false],
    ['max_completion_tokens is given', ',"max_completion_tokens":7', false],
    ['max_tokens is null', ',"max_tokens":null', true],
    ['max_completion_tokens is null', ',"max_completion_tokens":null', true],
    ['both are null', ',"max_tokens":null,"max_completion_tokens" :\tnull', true],
    ['one is null and the other given', ',"max_tokens":null,"max_completion_tokens":7', false],
  ])('adds the configured max_tokens only when the client gave none: %s', async (_case, field, isAdded) => {
    await gateway.chat(`{"model":"limited","messages":[{"role":"user","content":"hi"}]${field}}`);
    const sent = JSON.parse(lastCall().body.toString()) as Record<string, unknown>;
    expect(sent['model']).toBe('limited-up');
    if (isAdded) expect(sent['max_tokens']).toBe(4096);
    else expect(lastCall().body.toString()).toContain(field);
    if (isAdded) expect(sent).not.toHaveProperty('max_completion_tokens');
  });

  it.each([
    '{"model":"limited",MESSAGES,"max_tokens":null}',
    '{ "max_completion_tokens" : null , "模":"💬,", "m\\u0061x_tokens": null\n, MESSAGES, "model":"limited" }',
    '{"max_tokens":null,"model":"limited","max_completion_tokens":null,MESSAGES}',
  ])('writes the default in the place of a null, each name once: %s', async (text) => {
    const messages = '"messages":[{"role":"user","content":"max_tokens: null"}]';
    await gateway.chat(text.replace('MESSAGES', messages));
    const sent = lastCall().body.toString();
    expect(sent.match(/"(?:max_(?:completion_)?tokens|m\\u0061x_tokens)"/g)).toEqual(['"max_tokens"']);
    const {
      max_tokens: _null,
      max_completion_tokens: _other,
      ...rest
    } = JSON.parse(text.replace('MESSAGES', messages)) as Record<string, unknown>;
    expect(JSON.parse(sent)).toEqual({ ...rest, model: 'limited-up', max_tokens: 4096 });
  });

  it('does not change a null if the model has no default', async () => {
    const body = '{"model":"same-name","messages":[{"role":"user","content":"hi"}],"max_tokens":null}';
    await gateway.chat(body);
    expect(lastCall().body.toString()).toBe(body);
  });

  it('adds the limit under the name that reasoning models accept', async () => {
    await gateway.chat({ model: 'reasoning', messages: [{ role: 'user', content: 'hi' }] });
    const sent = JSON.parse(lastCall().body.toString()) as Record<string, unknown>;
    expect(sent).toMatchObject({ model: 'reasoning', max_completion_tokens: 512 });
    expect(sent).not.toHaveProperty('max_tokens');
    await gateway.chat('{"model":"reasoning","messages":[{"role":"user","content":"hi"}],"max_tokens":null}');
    expect(lastCall().body.toString()).toBe(
      '{"model":"reasoning","messages":[{"role":"user","content":"hi"}],"max_completion_tokens":512}',
    );
  });

  it('passes tools, images, audio and response_format untouched', async () => {
    const body = {
      model: 'same-name',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: '看图' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: '42' },
      ],
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }],
      response_format: { type: 'json_schema', json_schema: { name: 's', schema: {} } },
      logprobs: true,
      n: 2,
      stream_options: null,
      reasoning_effort: 'low',
      unknown_future_field: { deep: [null, 0, false, ''] },
    };
    await gateway.chat(body);
    expect(lastCall().body.toString()).toBe(JSON.stringify(body));
  });

  it('carries 10 MB up and down', async () => {
    const content = '好🙂'.repeat(1_500_000);
    upstream.handle(({ res }) => sendJson(res, completion(content)));
    const response = await gateway.chat({ model: 'renamed', messages: [{ role: 'user', content }] });
    const answer = (await response.json()) as { choices: { message: { content: string } }[] };
    expect(answer.choices[0]!.message.content === content).toBe(true);
    const sent = JSON.parse(lastCall().body.toString()) as { messages: { content: string }[] };
    expect(sent.messages[0]!.content === content).toBe(true);
  });

  it('shows the upstream its own credential, and what is meant for it, but never the key or cookies of the client', async () => {
    await gateway.chat(
      { model: 'same-name', messages: [{ role: 'user', content: 'hi' }] },
      {
        headers: {
          cookie: 'session=1',
          'x-api-key': 'sk-other',
          traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
          'openai-beta': 'assistants=v2',
          'openai-organization': 'org-1',
          'openai-project': 'proj-1',
          'idempotency-key': 'idem-1',
          'x-request-id': 'req-42',
          'x-custom': 'no',
        },
      },
    );
    const { headers } = lastCall();
    expect(headers).toMatchObject({
      authorization: 'Bearer upstream-key-1',
      'content-type': 'application/json',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'openai-beta': 'assistants=v2',
      'idempotency-key': 'idem-1',
      'x-request-id': 'req-42',
    });
    for (const name of ['cookie', 'x-api-key', 'x-custom', 'openai-organization', 'openai-project'])
      expect(headers).not.toHaveProperty(name);
  });

  it("sends a model's own headers and query, and no Authorization without api_key", async () => {
    await gateway.chat({ model: 'azure', messages: [{ role: 'user', content: 'hi' }] });
    expect(lastCall().path).toBe('/openai/deployments/d/chat/completions?api-version=2024-10-21');
    expect(lastCall().headers).toMatchObject({ 'api-key': 'azure-secret-key', 'x-team': 'blue' });
    expect(lastCall().headers).not.toHaveProperty('authorization');
  });

  it('shows a fixed token as it is written down', async () => {
    await gateway.chat({ model: 'fixed', messages: [{ role: 'user', content: 'hi' }] });
    expect(lastCall().headers.authorization).toBe('Bearer fixed-token-123');
    expect(JSON.parse(lastCall().body.toString())).toMatchObject({ model: 'actual' });
  });
});

describe('a response on its way down', () => {
  it('reaches the client byte for byte, with the headers that are meant for it', async () => {
    const answer = `{ "choices":[ {"index":0,"message":{"role":"assistant","content":"\\u4f60"},"finish_reason":"stop"} ],"big":12345678901234567890,"one":1.0}\n`;
    upstream.handle(({ res }) => {
      res.writeHead(201, {
        'content-type': 'application/json; charset=utf-8',
        'x-ratelimit-remaining-requests': '9',
        'openai-processing-ms': '12',
        'anthropic-organization-id': 'org-1',
        'anthropic-priority-input-tokens-remaining': '8',
        'retry-after-ms': '5',
        'set-cookie': 'a=b',
        server: 'secret-server/1',
        'x-internal': 'no',
      });
      res.end(answer);
    });
    const response = await gateway.chat({ model: 'same-name', messages: [{ role: 'user', content: 'hi' }] });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(answer);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(answer)),
      'x-ratelimit-remaining-requests': '9',
      'openai-processing-ms': '12',
      'anthropic-organization-id': 'org-1',
      'anthropic-priority-input-tokens-remaining': '8',
      'retry-after-ms': '5',
    });
    for (const name of ['set-cookie', 'server', 'x-internal', 'x-powered-by', 'etag']) {
      expect(response.headers.has(name)).toBe(false);
    }
    expect(response.headers.get('x-request-id')).toMatch(/\S/);
  });

  it('logs one line with what is known of the call', async () => {
    const response = await gateway.chat({ model: 'renamed', messages: [{ role: 'user', content: 'hi' }] });
    const id = response.headers.get('x-request-id');
    await response.text();
    const lines = gateway.log().filter((line) => line['request_id'] === id);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      message: 'request',
      client: 'key-1',
      model: 'renamed',
      type: 'openai',
      attempts: 1,
      status: 200,
      prompt_tokens: 3,
      completion_tokens: 5,
      duration_ms: expect.any(Number) as number,
    });
  });
});
