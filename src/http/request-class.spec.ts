import { Socket } from 'node:net';
import { setImmediate as aTurn } from 'node:timers/promises';
import { requestClass } from './request-class.js';

const PIECE = Buffer.alloc(65_536);

describe('a request', () => {
  it('rests after half a megabyte of its body, and reads on in a later turn', async () => {
    const Request = requestClass();
    const request = new Request(new Socket()) as InstanceType<typeof Request> & {
      readBodyTo(taker: object): void;
    };
    let taken = 0;
    request.readBodyTo({ onData: (bytes: Buffer) => (taken += bytes.length), onEnd() {}, onGone() {} });
    let pushed = 0;
    while (request.push(PIECE) && pushed < 100) pushed++;
    expect(taken).toBe(8 * PIECE.length);
    request.push(PIECE);
    expect(taken).toBe(8 * PIECE.length);
    for (let turn = 0; turn < 10; turn++) await aTurn();
    expect(taken).toBe(9 * PIECE.length);
  });
});
