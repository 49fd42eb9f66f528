// @ts-check
// A walk through the gateway: `npm run demo`. It starts one from this checkout, on the configuration in config/ and a
// free port of this machine, and stops it at the end; with LLM_GATEWAY_URL set it visits that one instead.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const START_SECONDS = 30;
const STOP_SECONDS = 10;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u;
const QUESTION = '你好，用一句话介绍你自己';

/** @typedef {{ url: string, stop: () => Promise<void> }} Gateway */
/** @typedef {{ status: number, headers: Headers, body: any }} Answer */

/** @param {string} text */
const say = (text) => console.log(`   ${text}`);

let number = 0;
/**
 * @template T
 * @param {string} purpose
 * @param {() => Promise<T>} work
 */
async function step(purpose, work) {
  number += 1;
  console.log(`\n${number}. ${purpose}`);
  return work();
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** @returns {Promise<Gateway>} */
async function startGateway() {
  const url = `http://127.0.0.1:${await freePort()}`;
  const { port } = new URL(url);
  const config = process.env.LLM_GATEWAY_CONFIG ?? `${ROOT}config/models.yaml`;
  const args = ['--mode', 'server', '--host', '127.0.0.1', '--port', port, '--config', config];
  const child = spawn(process.execPath, [`${ROOT}bin/llm-gateway.mjs`, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (/** @type {Buffer} */ text) => (log = (log + text.toString()).slice(-4000)));
  }
  let hasEnded = false;
  const ended = new Promise((resolve) => {
    const end = () => resolve((hasEnded = true));
    child.once('exit', end);
    child.once('error', end);
  });
  // Nothing is left behind, however the demo ends.
  process.once('exit', () => child.kill('SIGKILL'));

  const deadline = Date.now() + START_SECONDS * 1000;
  while (!(await isReady(url))) {
    if (hasEnded) throw new Error(`the gateway did not start; it said:\n${log}`);
    if (Date.now() > deadline)
      throw new Error(`the gateway is not ready after ${START_SECONDS} s; it said:\n${log}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const stop = async () => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_SECONDS * 1000);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  };
  return { url, stop };
}

/** @param {string} url */
async function isReady(url) {
  try {
    return (await fetch(`${url}/v1/health/ready`)).ok;
  } catch {
    return false;
  }
}

/** @param {Gateway} gateway */
async function walk(gateway) {
  const { LlmGatewayError, chat, chatStream, listModels } = await import('llm-gateway/client');
  const key = process.env.LLM_GATEWAY_API_KEY || 'sk-llm-gateway-demo';
  // The demo key is for gateways on this machine only, as in the clients.
  if (!process.env.LLM_GATEWAY_API_KEY && !LOOPBACK.test(new URL(gateway.url).hostname)) {
    throw new Error('that gateway is on another machine: set LLM_GATEWAY_API_KEY');
  }
  const at = { base_url: gateway.url, api_key: key };

  /**
   * The plain API, for what the tiny client has no function for.
   * @param {string} path
   * @param {unknown} [body]
   * @param {string} [apiKey]
   * @returns {Promise<Answer>}
   */
  const call = async (path, body, apiKey = key) => {
    const response = await fetch(`${gateway.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  /** @param {string} model */
  const stream = async (model) => {
    let pieces = 0;
    process.stdout.write('   ');
    for await (const piece of chatStream(QUESTION, model, at)) {
      process.stdout.write(piece);
      pieces += 1;
    }
    process.stdout.write('\n');
    assert.ok(pieces > 0, 'the stream was empty');
    say(`(${pieces} pieces)`);
  };

  const models = await step('List the models: GET /v1/models', async () => {
    const names = await listModels(at);
    say(names.join(', '));
    assert.ok(names.length > 0, 'no model is enabled');
    return names;
  });
  /** @param {string} name */
  const wanted = (name) => (models.includes(name) ? name : /** @type {string} */ (models[0]));
  const openai = wanted('gpt-3.5-turbo');
  const login = wanted('custom-model');

  for (const model of new Set([openai, login])) {
    const kind =
      model === 'custom-model'
        ? 'wants a login token, which the gateway fetches'
        : 'speaks the OpenAI format';
    await step(`Chat with "${model}", which ${kind}`, async () => {
      const text = await chat(QUESTION, model, { ...at, max_tokens: 200, temperature: 0.7 });
      assert.notEqual(text, '');
      say(text);
    });
    await step(`The same from "${model}" as a stream, word by word`, () => stream(model));
  }

  await step('Let a model call a tool: fields the gateway does not know pass through', async () => {
    const weather = {
      type: 'function',
      function: {
        name: 'get_weather',
        description: '查询天气',
        parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      },
    };
    const messages = [{ role: 'user', content: '北京天气怎么样？' }];
    const { status, body } = await call('/v1/chat/completions', {
      model: openai,
      messages,
      tools: [weather],
    });
    assert.equal(status, 200, JSON.stringify(body));
    const [{ finish_reason: reason, message }] = body.choices;
    assert.equal(reason, 'tool_calls');
    for (const { function: called } of message.tool_calls) say(`${called.name}(${called.arguments})`);
  });

  await step(
    `Reach "${login}" in the formats of other SDKs: POST /v1/messages and /v1/responses`,
    async () => {
      const messages = [{ role: 'user', content: QUESTION }];
      const message = await call('/v1/messages', { model: login, max_tokens: 200, messages });
      assert.equal(message.status, 200, JSON.stringify(message.body));
      say(`Messages: ${message.body.content[0].text}`);
      const response = await call('/v1/responses', { model: login, input: QUESTION });
      assert.equal(response.status, 200, JSON.stringify(response.body));
      say(`Responses: ${response.body.output.at(-1).content[0].text}`);
    },
  );

  await step('Ask for something other than a chat: POST /v1/embeddings', async () => {
    const { status, body } = await call('/v1/embeddings', { model: openai, input: [QUESTION, 'hello'] });
    // Models of your own may only chat, which the gateway then says.
    say(
      status === 200
        ? `${body.data.length} vectors of ${body.data[0].embedding.length} numbers`
        : `${status} ${body.error.code}: ${body.error.message}`,
    );
  });

  await step(`Ask whether "${login}" works: POST /v1/models/${login}/test`, async () => {
    const { status, body } = await call(`/v1/models/${encodeURIComponent(login)}/test`, {
      test_message: '你好',
    });
    assert.equal(status, 200, JSON.stringify(body));
    say(`${body.status}, ${body.response_time} s`);
    assert.equal(body.status, 'available', JSON.stringify(body.error));
  });

  await step('Look at the health of the service and its models', async () => {
    const live = await call('/v1/health');
    assert.equal(live.status, 200);
    say(`GET /v1/health: ${JSON.stringify(live.body)}`);
    const seen = await call('/v1/health/models');
    assert.equal(seen.status, 200);
    say(`GET /v1/health/models: ${JSON.stringify(seen.body)}`);
  });

  await step('Ask for a model that does not exist, and come with a wrong key', async () => {
    const error = await chat('hello', 'no-such-model', at).then(
      () => assert.fail('an unknown model answered'),
      (/** @type {unknown} */ thrown) => thrown,
    );
    if (!(error instanceof LlmGatewayError)) throw error;
    say(`${error.status} ${error.code}: ${error.message} (request ${error.requestId})`);
    assert.deepEqual([error.status, error.code], [404, 'model_not_found']);
    const refused = await call('/v1/models', undefined, 'a-wrong-key');
    say(`${refused.status} ${refused.body.error.code}: ${refused.body.error.message}`);
    assert.deepEqual([refused.status, refused.body.error.code], [401, 'invalid_api_key']);
  });
}

async function main() {
  if (!existsSync(`${ROOT}dist/client/index.js`)) throw new Error('there is no build yet: npm run build');
  const given = process.env.LLM_GATEWAY_URL?.replace(/\/+(v1\/*)?$/u, '');
  const gateway = await step(given ? `Visit the gateway at ${given}` : 'Start a gateway', async () => {
    const visited = given ? { url: given, stop: async () => undefined } : await startGateway();
    say(`${visited.url} is ${given ? 'given' : 'ready'}; a browser finds its docs at ${visited.url}/docs`);
    return visited;
  });
  try {
    await walk(gateway);
  } finally {
    if (!given) await step('Stop it', gateway.stop);
  }
  console.log('\nAll of it worked.');
}

// An interrupted demo stops its gateway too: the `exit` listener does it.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
  process.once(signal, () => process.exit(130));

try {
  await main();
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
