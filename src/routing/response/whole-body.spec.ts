import { setImmediate as aTurn } from 'node:timers/promises';
import { type ClientRequest } from '../../dialects/ports/dialect.js';
import { type ReplyGathering } from '../../dialects/ports/received-reply.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { type AnswerSink, type AnswerSource } from '../../upstream/response/answer-source.js';
import { readBody } from './whole-body.js';

const LINE = 'data: 0123456789\n\n';
const WORK_MS = 12;

function spin(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}

/** A stream whose every piece takes longer to gather than a turn should. */
class Slow {
  sink!: AnswerSink;
  resumed = 0;
  aborted: unknown;
  text = '';
  onRead: () => void = () => spin(WORK_MS);
  readonly body = readBody(this as unknown as AnswerSource, this.request, 1_000_000);

  get request(): ClientRequest {
    const gathering = {
      isDone: false,
      isWholeDespite: (code: string) => code === 'idle_timeout',
      read: (bytes: Buffer) => {
        this.text += bytes.toString();
        this.onRead();
      },
    } as unknown as ReplyGathering;
    return { dialect: { gather: () => gathering } } as unknown as ClientRequest;
  }

  readTo(sink: AnswerSink): void {
    this.sink = sink;
  }
  firstByte(): void {}
  done(): void {}
  resume(): void {
    this.resumed++;
  }
  abort(error: GatewayError): void {
    this.aborted = error;
    this.sink.onError(error);
  }
}

describe('a stream that is gathered', () => {
  const whole = LINE.repeat(500);

  it('holds the upstream back and lets others in between pieces, and loses nothing', async () => {
    const stream = new Slow();
    expect(stream.sink.onData(Buffer.from(whole))).toBe(false);
    expect(stream.text.length).toBeLessThan(2000);
    let turns = 0;
    while (stream.resumed === 0 && turns < 1000) {
      await aTurn();
      turns++;
    }
    expect(turns).toBeGreaterThanOrEqual(whole.length / 1024 - 2);
    expect([stream.text, stream.resumed]).toEqual([whole, 1]);
    // After a pause, undici tells an empty chunk first.
    expect(stream.sink.onData(Buffer.alloc(0))).toBe(true);
    stream.sink.onEnd();
    expect(await stream.body).toMatchObject({ kind: 'events' });
  });

  it('ends behind what waits, also by a clock', async () => {
    for (const end of ['onEnd', 'onError'] as const) {
      const stream = new Slow();
      stream.sink.onData(Buffer.from(whole));
      if (end === 'onEnd') stream.sink.onEnd();
      else stream.sink.onError(new UpstreamError('idle_timeout', 'Nothing came.'));
      await stream.body;
      expect(stream.text).toBe(whole);
    }
  });

  it('fails with what is wrong in a piece that waited', async () => {
    const stream = new Slow();
    stream.sink.onData(Buffer.from(whole));
    stream.onRead = () => {
      throw new UpstreamError('upstream_invalid_response', 'No chunk.');
    };
    await expect(stream.body).rejects.toThrow('No chunk.');
    expect(stream.aborted).toMatchObject({ message: 'No chunk.' });
  });

  it('takes usual pieces at once', async () => {
    const stream = new Slow();
    stream.onRead = () => undefined;
    expect(stream.sink.onData(Buffer.from(whole))).toBe(true);
    expect(stream.text).toBe(whole);
    stream.sink.onEnd();
    await stream.body;
  });
});
