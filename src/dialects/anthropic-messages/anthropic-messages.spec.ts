import { UpstreamError } from '../../errors/upstream-errors.js';
import { type WholeReply } from '../ports/dialect.js';
import { ANTHROPIC_MESSAGES } from './anthropic-messages.js';
import { MESSAGE_STOP, namedEvent } from './response/named-event.js';

const MESSAGE = {
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  model: 'claude',
  content: [
    { type: 'text', text: 'a' },
    { type: 'new', text: 'x' },
    { type: 'text', text: 'b' },
  ],
  stop_reason: 'end_turn',
  usage: { input_tokens: 10, output_tokens: 2, cache_read_input_tokens: 5 },
};
const OK = { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' } };

const requestOf = (stream: boolean) =>
  ANTHROPIC_MESSAGES.parse(
    Buffer.from(
      JSON.stringify({ model: 'm', max_tokens: 1, stream, messages: [{ role: 'user', content: 'x' }] }),
    ),
  );
const whole = (body: unknown, kind: 'json' | 'text' = 'json', stream = false) =>
  ANTHROPIC_MESSAGES.readWhole(
    {
      bytes: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body, undefined, 1)),
      gathering: undefined,
      kind,
    },
    requestOf(stream),
    OK,
  );

describe('a whole message', () => {
  it('passes as it came', () => {
    const reply = whole(MESSAGE);
    expect(reply).toMatchObject({
      bytes: Buffer.from(JSON.stringify(MESSAGE, undefined, 1)),
      contentType: 'application/json; charset=utf-8',
      usage: { promptTokens: 15, completionTokens: 2 },
      text: 'ab',
      document: MESSAGE,
    });
  });

  it('can be written as a stream', () => {
    const stream = (whole(MESSAGE) as WholeReply).toStream(requestOf(true));
    expect(stream).toContain('event: message_start');
    expect(stream.endsWith(MESSAGE_STOP)).toBe(true);
    expect(ANTHROPIC_MESSAGES.documentAsEvents(Buffer.from(JSON.stringify(MESSAGE)))).toContain('"text":"b"');
  });

  it('is an error if it reports one, and a failed call if it is no message', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'no' } };
    expect(whole(error)).toMatchObject({ error: error.error, document: error });
    expect(whole({ error: 'no' })).toMatchObject({ error: 'no' });
    expect(ANTHROPIC_MESSAGES.documentAsEvents(Buffer.from(JSON.stringify(error)))).toBe(
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"no"}}\n\n',
    );
    for (const body of ['<html>', '{"type":"message"}', '[]', '{"type":"message","content":[]'])
      expect(() => whole(body)).toThrow(UpstreamError);
  });

  it('is gathered from a stream', () => {
    const gathering = ANTHROPIC_MESSAGES.gather(requestOf(false));
    const stream = ANTHROPIC_MESSAGES.documentAsEvents(Buffer.from(JSON.stringify(MESSAGE)));
    for (const byte of Buffer.from(stream)) gathering.read(Buffer.of(byte));
    expect(gathering.isDone).toBe(true);
    expect(gathering.finish()).toEqual(MESSAGE);
  });
});

describe('the beginning of a stream', () => {
  const first = (...events: { type: string }[]) =>
    ANTHROPIC_MESSAGES.firstEvent(Buffer.from(events.map((each) => namedEvent({ ...each })).join('')));
  const begin = { type: 'message_start', message: {} };

  it('is no more than a promise until something follows', () => {
    expect(first(begin, { type: 'ping' })).toBeUndefined();
    expect(ANTHROPIC_MESSAGES.firstEvent(Buffer.from(': x\n\n'))).toBeUndefined();
    expect(first(begin, { type: 'content_block_start' })).toMatchObject({ error: undefined });
  });

  it('may be an error', () => {
    const error = { type: 'error', error: { message: 'no' } };
    expect(first(begin, error)).toEqual({ error: error.error, event: error });
    expect(ANTHROPIC_MESSAGES.firstEvent(Buffer.from('event: error\ndata: no\n\n'))).toMatchObject({
      error: 'no',
    });
  });

  it('is known in lines', () => {
    expect(ANTHROPIC_MESSAGES.beginsStream(Buffer.from('{"type":"message_start"}\n{"type":"ping"}\n'))).toBe(
      true,
    );
    expect(ANTHROPIC_MESSAGES.beginsStream(Buffer.from('{"type":"message"}\n'))).toBe(false);
  });
});
