import { UpstreamError } from '../../errors/upstream-errors.js';
import { type AnswerSink, BufferedAnswer } from './answer-source.js';
import { HeldAnswer } from './held-answer.js';

/** Holds up to four bytes before it pauses the upstream. */
class SmallAnswer extends HeldAnswer {
  resumed = 0;
  endings = 0;

  constructor() {
    super(new BufferedAnswer(200, {}, Buffer.alloc(0)));
    this.answer.resume = () => void this.resumed++;
  }

  protected onHeldData(chunk: Buffer): boolean {
    this.held.append(chunk);
    return this.held.length <= 4;
  }

  protected onHeldEnd(): void {
    this.endings++;
  }
}

function rig(readerHasRoom = true) {
  const answer = new SmallAnswer();
  const seen: string[] = [];
  const reader: AnswerSink = {
    onData: (chunk) => {
      seen.push(chunk.toString());
      return readerHasRoom;
    },
    onEnd: () => seen.push('END'),
    onError: ({ message }) => seen.push(message),
  };
  return { answer, seen, reader, send: (text: string) => answer.onData(Buffer.from(text)) };
}

const brokenOff = new UpstreamError('upstream_stream_interrupted', 'broken off');

describe('a held response', () => {
  it('passes what was held first, then each chunk as it comes, then the end', () => {
    const { answer, seen, reader, send } = rig();
    expect([send('a'), send('b')]).toEqual([true, true]);
    answer.readTo(reader);
    send('c');
    answer.onEnd();
    expect(seen).toEqual(['ab', 'c', 'END']);
    expect(answer.endings).toBe(0);
  });

  it('ends for a reader that attaches after the end', () => {
    const { answer, seen, reader, send } = rig();
    send('a');
    answer.onEnd();
    answer.readTo(reader);
    expect(seen).toEqual(['a', 'END']);
    expect(answer.endings).toBe(1);
  });

  it('reports a failure once, with what came before it', () => {
    const early = rig();
    early.send('a');
    early.answer.onError(brokenOff);
    early.answer.onError(brokenOff);
    early.answer.readTo(early.reader);
    expect(early.seen).toEqual(['a', 'broken off']);
    const late = rig();
    late.answer.readTo(late.reader);
    late.answer.onError(brokenOff);
    late.answer.onError(brokenOff);
    expect(late.seen).toEqual(['broken off']);
  });

  it.each([
    ['resumes an upstream that was held back when the reader takes all', 'abcde', true, 1],
    ['leaves the upstream held back while the reader has no room', 'abcde', false, 0],
    ['resumes nothing that was not held back', 'abcd', true, 0],
  ])('%s', (_name, text, readerHasRoom, resumed) => {
    const { answer, reader, send } = rig(readerHasRoom);
    expect(send(text)).toBe(text.length <= 4);
    answer.readTo(reader);
    expect(answer.resumed).toBe(resumed);
  });
});
