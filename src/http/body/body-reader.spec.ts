import { type ServerResponse } from 'node:http';
import { setImmediate as aTurn } from 'node:timers/promises';
import { LARGE_BODY_BYTES } from '../../protocol/turns.js';
import { readJsonBody } from './body-reader.js';
import { type BodyHolder } from '../gateway-http.js';
import { type BodySource, type BodyTaker } from '../request-class.js';

/** Room without limits, and no clock that would end within a test. */
const HOLDER = { bodyIdleMs: 60_000, checkBody() {}, holdBody() {}, releaseBody() {} };

function reading(): { readonly taker: BodyTaker; readonly body: Promise<Buffer> } {
  let taker!: BodyTaker;
  const source = {
    headers: { 'content-type': 'application/json' },
    takeArrived: () => undefined,
    readBodyTo: (given: BodyTaker) => (taker = given),
    stopReadingBody() {},
  };
  const holder = HOLDER as unknown as ServerResponse & BodyHolder;
  const body = readJsonBody(source as unknown as BodySource, holder, 100_000_000) as Promise<Buffer>;
  return { taker, body };
}

describe('bodies that end in the same turn of the event loop', () => {
  afterEach(() => jest.restoreAllMocks());

  it('are joined one per turn if they are large', async () => {
    const concat = jest.spyOn(Buffer, 'concat');
    const piece = Buffer.alloc(LARGE_BODY_BYTES, 'x');
    const all = Array.from({ length: 4 }, reading);
    for (const { taker } of all) {
      taker.onData(piece);
      taker.onData(piece);
      taker.onEnd();
    }
    const counts: number[] = [];
    while (concat.mock.calls.length < 4 && counts.length < 100) {
      await aTurn();
      counts.push(concat.mock.calls.length);
    }
    expect(counts.slice(-4)).toEqual([1, 2, 3, 4]);
    for (const { body } of all) expect(await body).toHaveLength(2 * LARGE_BODY_BYTES);
  });

  it('are available at once if they are small', async () => {
    const { taker, body } = reading();
    taker.onData(Buffer.from('{'));
    taker.onData(Buffer.from('}'));
    taker.onEnd();
    const whole = jest.fn();
    void body.then(whole);
    await Promise.resolve();
    await Promise.resolve();
    expect(whole).toHaveBeenCalledWith(Buffer.from('{}'));
  });

  it('are not put together when they are refused', async () => {
    const concat = jest.spyOn(Buffer, 'concat');
    const { taker, body } = reading();
    taker.onData(Buffer.alloc(LARGE_BODY_BYTES));
    taker.onData(Buffer.alloc(LARGE_BODY_BYTES));
    taker.onGone();
    await expect(body).rejects.toMatchObject({ status: 499 });
    expect(concat).not.toHaveBeenCalled();
  });
});
