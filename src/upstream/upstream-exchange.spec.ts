import { type Server, createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Agent } from 'undici';
import { TimeoutsConfig } from '../config/settings.js';
import { type GatewayError } from '../errors/gateway-error.js';
import { InternalError } from '../errors/server-errors.js';
import { UpstreamExchange } from './upstream-exchange.js';

describe('an exchange with an upstream', () => {
  /** A response in one read: status, headers and the whole body. */
  function received(headers: Record<string, string>, body: string): UpstreamExchange {
    const exchange = new UpstreamExchange(new TimeoutsConfig(), false);
    exchange.onResponseStart(undefined, 200, headers);
    exchange.onResponseData(undefined, Buffer.from(body));
    return exchange;
  }

  it('has a body that has arrived whole, which can be read all the same', async () => {
    const exchange = received({ 'content-type': 'application/json' }, '{}');
    expect(exchange.arrived).toBeUndefined();
    exchange.onResponseEnd();
    expect(exchange.arrived?.toString()).toBe('{}');
    expect((await exchange.readAll(10)).toString()).toBe('{}');
  });

  it.each<Record<string, string>>([
    { 'content-encoding': 'gzip' },
    { 'content-encoding': 'unknown' },
    { 'content-type': 'application/json; charset=gbk' },
  ])('does not show a body that has to be decoded: %j', (headers) => {
    const exchange = received(headers, '{}');
    exchange.onResponseEnd();
    expect(exchange.arrived).toBeUndefined();
  });

  it('does not show a body that was cut off', async () => {
    const exchange = received({}, '{}');
    exchange.onResponseError(undefined, new Error('cut'));
    expect(exchange.arrived).toBeUndefined();
    await expect(exchange.readAll(10)).rejects.toThrow('The connection to the upstream failed');
  });
});

describe('an exception of the gateway while a response is read', () => {
  let server: Server;
  let agent: Agent;

  beforeEach(async () => {
    server = createServer((req, res) => {
      if (req.url === '/plain') return void res.end('some words');
      res.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('some words'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    agent = new Agent({ connections: 1 });
  });
  afterEach(async () => {
    await agent.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function send(path: string): UpstreamExchange {
    const exchange = new UpstreamExchange(new TimeoutsConfig(), false);
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    agent.dispatch({ origin, path, method: 'GET' }, exchange);
    return exchange;
  }

  it.each([
    ['onData', '/plain'],
    ['onEnd', '/plain'],
    ['onData', '/packed'],
    ['onEnd', '/packed'],
  ] as const)('ends that call only, as an internal error: in %s of %s', async (method, path) => {
    const exchange = send(path);
    await exchange.accepted;
    const error = await new Promise<GatewayError>((resolve, reject) => {
      const sink = {
        onData: () => true,
        onEnd: () => reject(new Error('ended')),
        onError: resolve,
        [method]: () => {
          throw new TypeError('a bug');
        },
      };
      exchange.readTo(sink);
    });
    expect(error).toBeInstanceOf(InternalError);
    expect(error.cause).toBeInstanceOf(TypeError);
    // The same pool serves the next call.
    const next = send(path);
    await next.accepted;
    expect((await next.readAll(1000)).toString()).toBe('some words');
  });
});
