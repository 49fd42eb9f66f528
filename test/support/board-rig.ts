import { type TestGateway, TEST_KEY, startGateway } from './start-gateway.js';
import {
  type TestUpstream,
  type UpstreamCall,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
  startUpstream,
} from './start-upstream.js';

export const UNUSED = '组/unused-model-with-a-name-much-longer-than-a-phone-is-wide';
export const DOWN = 'http://127.0.0.1:9/v1';

/** A service that streams word by word, logs nobody in, and fails when it is told to. */
async function answer({ path, res, body }: UpstreamCall, isDown: boolean): Promise<void> {
  if (path === '/login') return sendJson(res, { message: 'wrong password' }, 401);
  if (isDown) return sendJson(res, { error: { message: 'out of order' } }, 500);
  if (!body.toString().includes('"stream":true')) return sendJson(res, completion('pong'));
  beginStream(res);
  for (const word of ['one ', 'two ', 'three']) {
    res.write(chunkEvent(word));
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  // Without an end, until the caller goes.
  if (body.toString().includes('for ever')) return;
  const usage = { choices: [], usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } };
  res.end(`${chunkEvent('', 'stop')}data: ${JSON.stringify(usage)}\n\ndata: [DONE]\n\n`);
}

/** A gateway with models of every state, for tests of its board. */
export class BoardRig {
  gateway!: TestGateway;
  /** The service fails. */
  isDown = false;
  upstream!: TestUpstream;

  async open(): Promise<void> {
    this.upstream = await startUpstream((call) => answer(call, this.isDown));
  }

  /** A gateway that has served nothing yet. */
  async start(): Promise<void> {
    this.isDown = false;
    const base_url = this.upstream.url;
    this.gateway = await startGateway({
      auth: { api_keys: [TEST_KEY, { name: 'team', key: 'sk-team-key-0001', models: ['good-b'] }] },
      models: {
        openai: [
          { name: 'good-a', base_url },
          { name: 'good-b', base_url },
          { name: 'away', base_url: DOWN },
          { name: UNUSED, base_url },
        ],
        request: [
          {
            name: 'locked',
            base_url,
            auth_url: `${base_url}/login`,
            username: 'u',
            password: 'p-secret-1',
          },
        ],
      },
    });
  }

  async ask(model: string, stream = false): Promise<void> {
    await (await this.gateway.chat({ model, stream, messages: [{ role: 'user', content: 'hi' }] })).text();
  }

  close(): Promise<void> {
    return this.upstream.close();
  }
}
