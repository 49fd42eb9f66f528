import { UpstreamError } from '../../errors/upstream-errors.js';
import { type AnswerSource, type AnswerSink } from '../../upstream/response/answer-source.js';
import { OPENAI_CHAT } from '../../dialects/openai-chat/openai-chat.js';
import { CommittedStream } from './committed-stream.js';

const EVENT = 'data: {"choices":[]}\n\n';

/** An upstream's response, whose bytes come when the test says so. */
class Source implements AnswerSource {
  readonly status = 200;
  readonly headers = {};
  readonly usage = undefined;
  readonly aborted: string[] = [];
  sink!: AnswerSink;

  readTo(sink: AnswerSink): void {
    this.sink = sink;
  }
  readAll(): Promise<Buffer> {
    throw new Error('nobody reads a stream whole');
  }
  firstByte(): void {}
  resume(): void {}
  done(): void {}
  abort(reason: Error): void {
    this.aborted.push(reason.message);
  }
}

const failure = (message: string) => new UpstreamError('upstream_error', message);

function held(waitMs = 0, onWaited: () => UpstreamError | undefined = () => failure('waited')) {
  const source = new Source();
  let begun = 0;
  const stream = new CommittedStream(source, OPENAI_CHAT, () => begun++);
  const committed = stream.hold({
    maxEventBytes: 100,
    waitMs,
    onWaited,
    toFailure: (error) => failure(String(error)),
  });
  // In case a test fails before it awaits the promise.
  committed.catch(() => undefined);
  const send = (text: string) => source.sink.onData(Buffer.from(text));
  const heard: string[] = [];
  const caller: AnswerSink = {
    onData: (chunk) => heard.push(chunk.toString()) > 0,
    onEnd: () => heard.push('END'),
    onError: ({ message }) => heard.push(`ERROR ${message}`),
  };
  return { source, stream, committed, send, caller, heard, begun: () => begun };
}

describe('a stream that is held back', () => {
  it('reports an end or a failure that came before a listener was added', async () => {
    for (const [happens, expected] of [
      [(sink: AnswerSink) => sink.onEnd(), 'END'],
      [(sink: AnswerSink) => sink.onError(failure('broken off')), 'ERROR broken off'],
    ] as const) {
      const { source, stream, committed, send, caller, heard } = held();
      send(EVENT);
      happens(source.sink);
      await committed;
      stream.readTo(caller);
      expect(heard).toEqual([EVENT, expected]);
    }
  });

  it('begins once', async () => {
    const { stream, committed, send, begun } = held();
    send(EVENT);
    await committed;
    stream.firstByte();
    expect([stream.hasBegun, begun()]).toEqual([true, 1]);
  });

  it('is aborted at the upstream when it has failed', async () => {
    const { source, committed, send, begun } = held();
    send('data: {"error":"no"}\n\n');
    await expect(committed).rejects.toThrow('no');
    expect([source.aborted, begun()]).toEqual([['no'], 0]);
  });

  it('bounds an event, and not all of them together', async () => {
    const { committed, send, source } = held();
    for (let count = 0; count < 50; count++) send(': waiting\n\n');
    send('data: ');
    expect(source.aborted).toEqual([]);
    send('x'.repeat(101));
    await expect(committed).rejects.toThrow('An event is longer than 100 bytes.');
  });

  it('is not judged again by its clock once it has begun', async () => {
    jest.useFakeTimers();
    try {
      const onWaited = jest.fn(() => failure('waited'));
      const { committed, send, source } = held(50, onWaited);
      send(EVENT);
      await committed;
      jest.advanceTimersByTime(1000);
      expect(onWaited).not.toHaveBeenCalled();
      expect(source.aborted).toEqual([]);
    } finally {
      jest.useRealTimers();
    }
  });
});
