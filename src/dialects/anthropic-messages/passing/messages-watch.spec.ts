import fc from 'fast-check';
import { loadText } from '../../../../test/fixtures/config/load-text.js';
import { LiveConfig } from '../../../config/live-config.js';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { SecretRedactor } from '../../../upstream/secret-redactor.js';
import { type UpstreamRequest } from '../../../upstream/upstream-request.js';
import { SseBoundary } from '../../framing/sse-boundary.js';
import { MessagesWatch } from './messages-watch.js';
import { MESSAGE_STOP, namedEvent } from '../response/named-event.js';

const REDACTOR = new SecretRedactor(
  new LiveConfig(
    loadText(`auth: { api_keys: [client-key] }
models: { openai: [{ name: m, base_url: "https://x.test", api_key: first-secret }] }`).config,
  ),
);
const SENT: UpstreamRequest = {
  method: 'POST',
  url: 'https://x.test/',
  headers: {},
  body: Buffer.of(),
  model: 'm',
};

const USAGE = {
  input_tokens: 10,
  cache_read_input_tokens: 60,
  cache_creation_input_tokens: 30,
  output_tokens: 1,
};
const BEGIN = namedEvent({ type: 'message_start', message: { id: 'msg_1', usage: USAGE } });
const TEXT = namedEvent({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: '模🙂 {"type":"message_stop"} first-secret' },
});
const FINISH = namedEvent({
  type: 'message_delta',
  delta: { stop_reason: 'end_turn' },
  usage: { output_tokens: 9 },
});
const PING = namedEvent({ type: 'ping' });

function pass(watch: MessagesWatch, ...events: string[]): string {
  return events.map((each) => watch.pass(Buffer.from(each), REDACTOR, SENT).toString()).join('');
}

function heldBy(text: string): SseBoundary {
  const boundary = new SseBoundary();
  boundary.push(Buffer.from(text));
  return boundary;
}

describe('a stream that passes', () => {
  it('is not changed, and its counts are known at its end', () => {
    const watch = new MessagesWatch();
    expect(watch.hasData).toBe(false);
    expect(pass(watch, BEGIN, PING, TEXT)).toBe(BEGIN + PING + TEXT);
    expect(watch).toMatchObject({ hasData: true, isOver: false, usage: undefined });
    expect(pass(watch, FINISH)).toBe(FINISH);
    expect(watch.isOver).toBe(false);
    expect(pass(watch, MESSAGE_STOP)).toBe(MESSAGE_STOP);
    expect(watch).toMatchObject({ isOver: true, usage: { promptTokens: 100, completionTokens: 9 } });
    expect(watch.ending()).toBe('');
    expect(watch.ending('idle_timeout')).toBe('');
  });

  it('passes byte for byte, however it is cut', () => {
    const bytes = Buffer.from(BEGIN + PING + TEXT + TEXT + FINISH + MESSAGE_STOP);
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: bytes.length }), { maxLength: 10 }),
        fc.constantFrom('\n', '\r\n'),
        (places, line) => {
          const sent = Buffer.from(bytes.toString().replaceAll('\n', line));
          const watch = new MessagesWatch();
          const boundary = new SseBoundary();
          const got: Buffer[] = [];
          let at = 0;
          for (const end of [...places.toSorted((a, b) => a - b), sent.length]) {
            const complete = boundary.push(sent.subarray(at, end));
            at = end;
            if (complete !== undefined) got.push(watch.pass(complete, REDACTOR, SENT));
          }
          expect(Buffer.concat(got)).toEqual(sent);
          expect(watch).toMatchObject({ isOver: true, usage: { promptTokens: 100, completionTokens: 9 } });
        },
      ),
    );
  });

  it('ends with its own end: what follows is no part of it', () => {
    const watch = new MessagesWatch();
    expect(pass(watch, BEGIN + FINISH + MESSAGE_STOP + TEXT)).toBe(BEGIN + FINISH + MESSAGE_STOP);
  });

  it('is completed if its stop reason has arrived, and broken off if not', () => {
    const watch = new MessagesWatch();
    pass(watch, BEGIN, TEXT);
    expect(watch.ending()).toBeUndefined();
    expect(watch.ending('idle_timeout')).toBeUndefined();
    pass(watch, FINISH);
    for (const code of [undefined, 'idle_timeout', 'total_timeout', 'upstream_unreachable'])
      expect(watch.ending(code)).toBe('event: message_stop\ndata: {"type":"message_stop"}\n\n');
    expect(watch.ending('client_closed_request')).toBeUndefined();
  });

  it('recognises its end and whole events in held bytes', () => {
    const watch = new MessagesWatch();
    expect(watch.holdsEnd(heldBy('event: message_stop\ndata: {"type":"message_stop"}\n'))).toBe(true);
    expect(watch.holdsEnd(heldBy('data: {"type": "message_stop" }'))).toBe(true);
    expect(watch.holdsEnd(heldBy('event: message_stop\n'))).toBe(false);
    expect(watch.holdsEnd(heldBy('data: {"type":"message_sto'))).toBe(false);
    expect(watch.isWhole(Buffer.from('event: ping\ndata: {"type":"ping"}'))).toBe(true);
    expect(watch.isWhole(Buffer.from('event: ping\ndata: {"type":'))).toBe(false);
    expect(watch.isWhole(Buffer.of())).toBe(false);
  });

  it.each([
    [
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"no first-secret"}}\n\n',
    ],
    ['data: {"error":{"type":"overloaded_error","message":"no first-secret"}}\n\n'],
    ['event: Error\r\ndata: {"error":{"type":"overloaded_error","message":"no first-secret"}}\r\n\r\n'],
  ])('reports an error as SDKs look for it, without secrets: %j', (event) => {
    const watch = new MessagesWatch();
    expect(pass(watch, BEGIN + TEXT + event + TEXT)).toBe(
      `${BEGIN}${TEXT}event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"no [redacted]"}}\n\n`,
    );
    expect(watch).toMatchObject({ isOver: true, error: { type: 'overloaded_error' } });
    expect(watch.ending()).toBe('');
  });

  it('reports an error that is plain text', () => {
    expect(pass(new MessagesWatch(), 'event: error\ndata: broken first-secret\n\n')).toBe(
      'event: error\ndata: {"type":"error","error":{"message":"broken [redacted]","type":"api_error"}}\n\n',
    );
  });

  it('does not let a client take the gateway’s credential for its key', () => {
    const said = { type: 'authentication_error', message: 'invalid x-api-key' };
    const event = pass(new MessagesWatch(), namedEvent({ type: 'error', error: said }));
    expect(JSON.parse(event.split('data: ')[1]!)).toMatchObject({
      error: {
        type: 'api_error',
        message: expect.stringContaining("refused the gateway's credential for 'm'") as string,
        details: { error_code: 'upstream_auth_failed' },
      },
    });
  });

  it('takes secrets out of comments', () => {
    const watch = new MessagesWatch();
    expect(pass(watch, `: keep first-secret\n\n${TEXT}`)).toBe(`: keep [redacted]\n\n${TEXT}`);
    expect(pass(watch, `: 模\n\n`)).toBe(`: 模\n\n`);
  });

  it('reports a failure of the gateway as a named event', () => {
    const error = new UpstreamError('idle_timeout', 'Too slow.');
    expect(new MessagesWatch().failure(error)).toBe(
      'event: error\ndata: {"type":"error","error":{"type":"timeout_error","message":"Too slow.","details":{"error_code":"idle_timeout"}}}\n\n',
    );
  });
});
