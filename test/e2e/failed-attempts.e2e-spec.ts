import { freePort } from '../support/cli-process.js';
import { startGateway, type TestGateway } from '../support/start-gateway.js';
import { sendJson, startUpstream, type TestUpstream } from '../support/start-upstream.js';

const CHAT = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
const WORDS = 'You wrote: the secret plan.';
const ANSWER = {
  choices: [{ index: 0, message: { role: 'assistant', content: 'b' }, finish_reason: 'stop' }],
};

describe('the line of a request', () => {
  let bad: TestUpstream;
  let good: TestUpstream;
  let gateway: TestGateway | undefined;
  let host: string;

  beforeAll(async () => {
    const error = { message: WORDS, code: 'model_overloaded', type: 'server_error' };
    bad = await startUpstream(({ res }) => sendJson(res, { error }, 503));
    good = await startUpstream(({ res }) => sendJson(res, ANSWER));
    host = new URL(bad.url).host;
  });
  afterEach(() => gateway?.close());
  afterAll(async () => {
    await bad.close();
    await good.close();
  });

  async function lineWith(
    logging: Record<string, unknown>,
    urls: readonly string[],
  ): Promise<Record<string, unknown>> {
    const deployments = urls.map((base_url, at) => ({ name: `d${at}`, base_url, weight: at === 0 ? 1 : 0 }));
    gateway = await startGateway({
      models: { openai: [{ name: 'm', deployments, retry: { max_retries: 2 } }] },
      logging,
    });
    await (await gateway.chat(CHAT)).text();
    const line = gateway.log().findLast(({ message }) => message === 'request');
    return line as unknown as Record<string, unknown>;
  }

  it('names the deployment that failed although the call succeeded, without its message', async () => {
    const line = await lineWith({}, [bad.url, good.url]);
    expect(line).toMatchObject({ status: 200, attempts: 2 });
    expect(line['failed_attempts']).toEqual([
      {
        model: 'm',
        deployment: 'd0',
        host,
        why: 'first',
        error: 'upstream_error',
        upstream_status: 503,
        upstream_code: 'model_overloaded',
        upstream_type: 'server_error',
        duration_ms: expect.any(Number),
      },
    ]);
    expect(line['help']).toBe('/errors/upstream_error');
    expect(gateway!.logText()).not.toContain('secret plan');
  });

  it('gives the reason that a service cannot be reached', async () => {
    const port = await freePort();
    const line = await lineWith({}, [`http://127.0.0.1:${port}`, good.url]);
    expect(line['failed_attempts']).toMatchObject([
      { deployment: 'd0', host: `127.0.0.1:${port}`, error: 'upstream_unreachable', cause: 'ECONNREFUSED' },
    ]);
  });

  it('has the message of the service if the log may contain it', async () => {
    const line = await lineWith({ content: true }, [bad.url]);
    const attempts = line['failed_attempts'] as { why: string; message: string }[];
    expect(attempts.map(({ why }) => why)).toEqual(['first', 'retry', 'retry']);
    for (const { message } of attempts) expect(message).toContain(WORDS);
  });

  it('omits this field if no attempt failed', async () => {
    expect(await lineWith({}, [good.url])).not.toHaveProperty('failed_attempts');
  });
});
