import { chunk, completion, errorOf, json, stream } from '../../test/fixtures/client/replies.js';
import { HttpService } from '../../test/support/http-service.js';
import { chatStream } from './index.js';

const DONE = 'data: [DONE]\n\n';

let service: HttpService;
beforeEach(async () => {
  service = await HttpService.open();
});
afterEach(() => service.close());

async function pieces(options: Record<string, unknown> = {}): Promise<string[]> {
  const all: string[] = [];
  for await (const piece of chatStream('hi', 'm', { base_url: service.origin, ...options })) all.push(piece);
  return all;
}

describe('chatStream', () => {
  it('yields the pieces of the first choice', async () => {
    service.answer = stream(
      chunk(''),
      chunk('你'),
      chunk('x', 1),
      ': ping\n\n',
      chunk('好'),
      'data: {"choices":[]}\n\n',
      DONE,
    );
    expect(await pieces()).toEqual(['你', '好']);
    expect(JSON.parse(service.seen[0]?.body ?? '')).toMatchObject({ stream: true });
  });

  it('reads what comes byte by byte from a socket', async () => {
    const bytes = Buffer.from(`: hi\r\n\r\n${chunk('你')}${chunk('🎉')}${DONE}`.replaceAll('\n', '\r\n'));
    service.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const next = (at: number): void => {
        if (at === bytes.length) response.end();
        else response.write(bytes.subarray(at, at + 1), () => setImmediate(next, at + 1));
      };
      next(0);
    };
    expect(await pieces()).toEqual(['你', '🎉']);
  });

  it('throws the error of a start that failed', async () => {
    service.answer = json({ error: { message: 'busy', code: 'rate_limit_exceeded' } }, 429);
    expect(await errorOf(pieces())).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
  });

  it('throws an error that comes in the stream', async () => {
    const error = {
      message: 'broken',
      type: 'upstream_error',
      param: null,
      code: 'upstream_stream_interrupted',
    };
    service.answer = stream(chunk('one'), `data: ${JSON.stringify({ error })}\n\n`);
    expect(await errorOf(pieces())).toMatchObject({ ...error, status: 200, requestId: 'req-2' });
  });

  it('throws when the stream ends without [DONE]', async () => {
    service.answer = stream(
      chunk('one'),
      'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
    );
    expect(await errorOf(pieces())).toMatchObject({ code: 'stream_interrupted', requestId: 'req-2' });
    service.answer = stream(chunk('one'), 'data: [DONE]');
    expect(await errorOf(pieces())).toMatchObject({ code: 'stream_interrupted' });
  });

  it('throws when the connection breaks', async () => {
    service.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk('one'), () => response.destroy());
    };
    expect(await errorOf(pieces())).toMatchObject({ code: 'network_error', status: 0 });
  });

  it('throws when the response is no stream, or an event no JSON', async () => {
    service.answer = completion('hi');
    expect(await errorOf(pieces())).toMatchObject({ code: 'invalid_response' });
    service.answer = stream('data: {oops\n\n', DONE);
    expect(await errorOf(pieces())).toMatchObject({ code: 'invalid_response' });
  });

  it('ends the request when the loop is left', async () => {
    const left = new Promise<void>((resolve) => {
      service.answer = (response) => {
        response.on('close', resolve);
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(chunk('one') + chunk('two'));
      };
    });
    const got: string[] = [];
    for await (const piece of chatStream('hi', 'm', { base_url: service.origin })) {
      got.push(piece);
      break;
    }
    await left;
    expect(got).toEqual(['one']);
  });

  it('ends with the signal', async () => {
    const leaving = new AbortController();
    const reason = new Error('enough');
    service.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk('one'), () => leaving.abort(reason));
    };
    await expect(pieces({ signal: leaving.signal })).rejects.toBe(reason);
  });

  it('leaves the connection whole after [DONE], and does not wait for a service that keeps it open', async () => {
    let isWhole: boolean | undefined;
    service.answer = (response) => {
      response.on('close', () => (isWhole = response.writableFinished));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk('one') + DONE, () => setTimeout(() => response.end(), 20));
    };
    expect(await pieces()).toEqual(['one']);
    expect(isWhole).toBe(true);
    service.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk('two') + DONE);
    };
    expect(await pieces()).toEqual(['two']);
  });
});
