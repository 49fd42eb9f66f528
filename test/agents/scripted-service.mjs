import { createServer } from 'node:http';

/**
 * A service that wants one file written: it calls the client's own tool for that, and ends once the result is back.
 * Speaks OpenAI's chat completions and Anthropic's Messages, as streams and as documents.
 */
export class ScriptedService {
  /** Names of the tools of the last request. */
  tools = [];
  requests = 0;

  /** @param script by tool name: the arguments of the call, an object or, for free text, a string */
  static async start(script) {
    const service = new ScriptedService();
    service.script = script;
    service.server = createServer((request, response) => service.receive(request, response));
    await new Promise((resolve) => service.server.listen(0, '127.0.0.1', resolve));
    service.url = `http://127.0.0.1:${service.server.address().port}/v1`;
    return service;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }

  receive(request, response) {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(parts).toString());
      this.requests++;
      const isMessages = request.url.includes('/messages');
      if (request.url.includes('count_tokens')) return sendJson(response, { input_tokens: 100 });
      const tools = (body.tools ?? []).map((tool) => tool.function?.name ?? tool.name);
      if (tools.length > 0) this.tools = tools;
      const name = tools.find((tool) => this.script[tool] !== undefined);
      const hasResult = JSON.stringify(body.messages.at(-1)).includes(
        isMessages ? 'tool_result' : '"role":"tool"',
      );
      const call = name === undefined || hasResult ? undefined : { name, input: this.script[name] };
      if (isMessages) sendMessage(response, body, call);
      else sendCompletion(response, body, call);
    });
  }
}

const DONE = 'The file is written.';

function sendJson(response, value) {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

function sendEvents(response, events) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of events) response.write(event);
  response.end();
}

function sendCompletion(response, body, call) {
  const head = { id: 'chatcmpl-1', created: 1, model: body.model };
  const finish_reason = call === undefined ? 'stop' : 'tool_calls';
  const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };
  const message =
    call === undefined
      ? { role: 'assistant', content: DONE }
      : {
          role: 'assistant',
          content: null,
          tool_calls: [
            {
              index: 0,
              id: 'call_1',
              type: 'function',
              function: { name: call.name, arguments: JSON.stringify(call.input) },
            },
          ],
        };
  if (body.stream !== true) {
    return sendJson(response, {
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason }],
      usage,
    });
  }
  const chunk = (choices, more = {}) =>
    `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices, ...more })}\n\n`;
  sendEvents(response, [
    chunk([{ index: 0, delta: message, finish_reason: null }]),
    chunk([{ index: 0, delta: {}, finish_reason }]),
    chunk([], { usage }),
    'data: [DONE]\n\n',
  ]);
}

function sendMessage(response, body, call) {
  const block =
    call === undefined
      ? { type: 'text', text: DONE }
      : { type: 'tool_use', id: 'toolu_1', name: call.name, input: call.input };
  const stop_reason = call === undefined ? 'end_turn' : 'tool_use';
  const usage = {
    input_tokens: 100,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 10,
  };
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: body.model, content: [] };
  if (body.stream !== true)
    return sendJson(response, { ...message, content: [block], stop_reason, stop_sequence: null, usage });
  const event = (data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
  const delta =
    call === undefined
      ? { type: 'text_delta', text: DONE }
      : { type: 'input_json_delta', partial_json: JSON.stringify(call.input) };
  const empty = call === undefined ? { type: 'text', text: '' } : { ...block, input: {} };
  sendEvents(
    response,
    [
      { type: 'message_start', message: { ...message, stop_reason: null, stop_sequence: null, usage } },
      { type: 'content_block_start', index: 0, content_block: empty },
      { type: 'content_block_delta', index: 0, delta },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage },
      { type: 'message_stop' },
    ].map(event),
  );
}
