import { readError } from '../support/start-mapped.js';
import { sendJson } from '../support/start-upstream.js';
import {
  event,
  text,
  mapped,
  asStream,
  streamed,
  sendPieces,
  openMappedStreams,
} from '../support/mapped-streams.js';

openMappedStreams();

describe('a mapped stream', () => {
  describe('that fails', () => {
    const interrupted = { isDone: false, error: { code: 'upstream_stream_interrupted' } };

    it('is always reported', async () => {
      sendPieces([event('delta', { text: 'a' })]);
      expect(await streamed('named')).toMatchObject({ content: 'a', ...interrupted });
      sendPieces([event('delta', { text: 'a' })], { cut: true });
      expect(await streamed('named')).toMatchObject({ content: 'a', ...interrupted });
      sendPieces([': nothing\n\n']);
      expect(await streamed('field')).toMatchObject({ content: '', ...interrupted });
      expect(await readError(await mapped.ask('field'))).toMatchObject({
        code: 'upstream_stream_interrupted',
      });
      sendPieces([event('delta', { text: 'a' })], { cut: true });
      expect(await readError(await mapped.ask('field'))).toMatchObject({ code: 'upstream_unreachable' });
    });

    it('by an error event', async () => {
      sendPieces([event('delta', { text: 'a' }), event('error', { message: 'broken', code: 5 })]);
      expect(await streamed('named')).toMatchObject({
        content: 'a',
        isDone: false,
        error: { message: 'broken', type: 'rate_limit_error', code: 5 },
      });
    });

    it('before its first event has a real HTTP status', async () => {
      mapped.upstream.handle(({ res }) => sendJson(res, { msg: 'slow down' }));
      expect(await readError(await asStream('named'))).toMatchObject({ status: 429, message: 'slow down' });
      mapped.upstream.handle(({ res }) => res.writeHead(200, { 'content-type': 'text/html' }).end('<html>'));
      for (const model of ['named', 'field', 'lines', 'chunks']) {
        expect(await readError(await asStream(model))).toMatchObject({
          status: 500,
          code: 'upstream_invalid_response',
        });
      }
    });

    it.each([
      ['wrong', [text('a'), 'data: {"text":5}\n\n'], /stream\.text .* gave a number; expected a text/],
      ['loops', [text('a')], /stream\.text .* took longer/],
      ['lines', ['{"message":{"content":"a"}}\n', 'no json\n'], /not JSON/],
    ])('by model %s names the expression', async (model, pieces, message) => {
      sendPieces(pieces);
      expect(await streamed(model)).toMatchObject({
        content: model === 'loops' ? '' : 'a',
        isDone: false,
        error: { code: 'upstream_invalid_response', message: expect.stringMatching(message) as string },
      });
    });

    it('by its timeouts', async () => {
      mapped.upstream.handle(({ res }) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        const comments = setInterval(() => res.write(': still here\n\n'), 50);
        res.on('close', () => clearInterval(comments));
      });
      expect((await streamed('patient')).error).toMatchObject({ code: 'first_byte_timeout' });
      mapped.upstream.handle(({ res }) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        res.write('data: {"nothing":"for the caller"}\n\n');
      });
      expect((await streamed('patient')).error).toMatchObject({ code: 'idle_timeout' });
    });
  });
});
