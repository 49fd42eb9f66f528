import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Express, type NextFunction, type Request, type Response } from 'express';
import express from 'express';
import { CallEvents } from '../calls/call-events.js';
import { Drain } from '../calls/drain.js';
import { RunningCalls } from '../calls/running-calls.js';
import { FastExpressAdapter } from './fast-express-adapter.js';

/** Measured: without this, each request costs a `setPrototypeOf`, and the full path three to four times the CPU. */
describe('FastExpressAdapter', () => {
  it("builds requests and responses that carry Express's prototypes from birth", async () => {
    const { app, server } = serving();
    const born: { req: object | null; res: object | null }[] = [];
    // Observed before Express changes them.
    server.prependListener('request', (req: IncomingMessage, res: ServerResponse) =>
      born.push({ req: Object.getPrototypeOf(req) as object, res: Object.getPrototypeOf(res) as object }),
    );
    const seen: Record<string, unknown>[] = [];
    app.get('/a', (req: Request, res: Response) => {
      seen.push({
        req: Object.getPrototypeOf(req) === app.request,
        res: Object.getPrototypeOf(res) === app.response,
        app: req.app === app,
        ip: req.ip,
      });
      res.status(201).json({ path: req.path });
    });
    const sub = express();
    sub.get(
      '/b',
      (req: Request, res: Response) => void res.json({ app: req.app === sub, base: req.baseUrl }),
    );
    app.use('/sub', sub);
    const url = await urlOf(server);

    const response = await fetch(`${url}/a`);
    expect([response.status, await response.json()]).toEqual([201, { path: '/a' }]);
    expect(seen).toEqual([{ req: true, res: true, app: true, ip: '127.0.0.1' }]);
    expect(born[0]).toEqual({ req: app.request, res: app.response });
    expect(born[0]!.req === app.request && born[0]!.res === app.response).toBe(true);
    expect(await (await fetch(`${url}/sub/b`)).json()).toEqual({ app: true, base: '/sub' });
  });

  it('hands a request to the handler of its POST route without a search, unless middleware comes before', async () => {
    const { adapter, app, server } = serving();
    const handler = (req: Request, res: Response): void =>
      void res.json({ path: req.path, isSearched: (req.route as unknown) !== undefined });
    adapter.post('/v1/direct', handler);
    adapter.post('/v1/:name', handler);
    adapter.use((_req: Request, res: Response, next: NextFunction) => {
      res.setHeader('x-passed', 'middleware');
      next();
    });
    adapter.post('/v1/after/middleware', handler);
    app.get('/v1/direct', handler);
    const url = await urlOf(server);
    const send = async (method: string, path: string): Promise<unknown> => {
      const response = await fetch(url + path, { method });
      return [await response.json(), response.headers.get('x-passed')];
    };
    expect(await send('POST', '/v1/direct')).toEqual([{ path: '/v1/direct', isSearched: false }, null]);
    expect(await send('POST', '/v1/direct?a=b')).toEqual([{ path: '/v1/direct', isSearched: true }, null]);
    expect(await send('POST', '/v1/other')).toEqual([{ path: '/v1/other', isSearched: true }, null]);
    expect(await send('GET', '/v1/direct')).toEqual([{ path: '/v1/direct', isSearched: true }, 'middleware']);
    expect(await send('POST', '/v1/after/middleware')).toEqual([
      { path: '/v1/after/middleware', isSearched: true },
      'middleware',
    ]);
  });
});

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

function serving(): { adapter: FastExpressAdapter; app: Express; server: Server } {
  const adapter = new FastExpressAdapter();
  Object.assign(adapter.state, { drain: new Drain(new RunningCalls()), events: new CallEvents() });
  adapter.initHttpServer();
  const server = adapter.getHttpServer() as Server;
  servers.push(server);
  return { adapter, app: adapter.getInstance<Express>(), server };
}

async function urlOf(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
