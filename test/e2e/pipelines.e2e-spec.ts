import { setTimeout as sleep } from 'node:timers/promises';
import { leastOf } from '../support/least-of.js';
import { chatRequest, getRequest } from '../support/silent-client.js';
import { TEST_KEY, type TestGateway, startGateway, until } from '../support/start-gateway.js';
import { completion, sendJson } from '../support/start-upstream.js';
import { upstream, send, openSilentClients } from '../support/silent-clients.js';

jest.setTimeout(180_000);
openSilentClients();

describe('a pipeline', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway({ models: { openai: [{ name: 'm', base_url: upstream.url }] } });
  });
  afterAll(() => gateway.close());

  it('of 1,000 requests is answered whole and in order to a client that reads', async () => {
    const client = await send(
      gateway.url,
      Array.from({ length: 1000 }, (_, index) => getRequest(`/nothing/${index}.`)).join(''),
    );
    const text = await client.readUntil('/nothing/999.');
    expect(
      [...text.matchAll(/Unknown route: GET \/nothing\/(\d+)\./g)].map(([, index]) => Number(index)),
    ).toEqual(Array.from({ length: 1000 }, (_, index) => index));
  });

  it('runs one call after the other, bodies included, for any split into packets', async () => {
    let running = 0;
    const most: number[] = [];
    upstream.calls.length = 0;
    upstream.handle(({ res, body }) => {
      most.push(++running);
      const { messages } = JSON.parse(body.toString()) as { messages: { content: string }[] };
      setTimeout(() => {
        running--;
        sendJson(res, completion(`reply to ${messages[0]!.content.length}`));
      }, 20);
    });
    const bytes = Array.from({ length: 8 }, (_, index) =>
      chatRequest(TEST_KEY, { messages: [{ role: 'user', content: 'x'.repeat(index * 20_000) }] }),
    ).join('');
    const client = await send(gateway.url, '');
    for (let at = 0; at < bytes.length; at += 7001) {
      client.socket.write(bytes.slice(at, at + 7001));
      await sleep(1);
    }
    const text = await client.readUntil('reply to 140000');
    expect([...text.matchAll(/reply to (\d+)/g)].map(([, length]) => Number(length))).toEqual(
      Array.from({ length: 8 }, (_, index) => index * 20_000),
    );
    expect(Math.max(...most)).toBe(1);
  });

  it.each([
    ['nothing', ''],
    ['a request', getRequest('/v1/health')],
    ['another call', chatRequest(TEST_KEY)],
    ['half a request', getRequest('/v1/health').slice(0, -2)],
    ['many requests', getRequest('/v1/health').repeat(300)],
  ])(
    'whose client leaves during a call, with %s behind it, ends that call at once',
    async (_what, behind) => {
      upstream.calls.length = 0;
      upstream.handle(() => undefined);
      const client = await send(gateway.url, chatRequest(TEST_KEY) + behind);
      await until(() => upstream.calls.length === 1, 'the call');
      client.socket.destroy();
      await until(() => upstream.calls[0]!.res.destroyed, 'the end of the call', 5000);
      await sleep(100);
      expect(upstream.calls).toHaveLength(1);
    },
  );

  it.each([
    ['a file', getRequest('/docs/swagger-ui-bundle.js'), 'i.default})()));'],
    ['the board', getRequest('/ui'), '</html>'],
    ['requests behind a file', getRequest('/docs/swagger-ui.css') + getRequest('/last').repeat(3), '/last'],
    ['a refused call', chatRequest('sk-no-such-key'), 'invalid_api_key'],
  ])('of a client that sends no more but reads is answered whole: %s', async (_what, bytes, last) => {
    const client = await send(gateway.url, '');
    client.socket.end(bytes);
    const text = await client.readUntil('never comes');
    expect(text.slice(-2000)).toContain(last);
    expect(text.match(/HTTP\/1\.1 \d{3} /g)).toHaveLength(bytes.match(/ HTTP\/1\.1\r\n/g)!.length);
  });

  it('leaves room between its requests for those of other clients', async () => {
    const bytes = getRequest('/nothing').repeat(2000);
    for (let index = 0; index < 20; index++) {
      const { socket } = await send(gateway.url, '');
      const sendOn = (): void => void (socket.destroyed || socket.write(bytes, sendOn));
      sendOn();
      socket.resume();
    }
    await sleep(200);
    const look = async (): Promise<number> => {
      const since = performance.now();
      expect((await fetch(`${gateway.url}/v1/health`)).status).toBe(200);
      return performance.now() - since;
    };
    for (let count = 0; count < 5; count++) expect(await leastOf(1000, look)).toBeLessThan(1000);
  });

  it('that stops being HTTP ends with the response that was on its way', async () => {
    upstream.handle(({ res }) => setTimeout(() => sendJson(res, completion('first')), 50));
    const client = await send(
      gateway.url,
      `${chatRequest(TEST_KEY)}${getRequest('/v1/health')}NO HTTP\r\n\r\n`,
    );
    const text = await client.readUntil('never comes');
    expect(text).toContain('first');
    expect(text.match(/HTTP\/1\.1 /g)!.length).toBeLessThanOrEqual(3);
  });
});
