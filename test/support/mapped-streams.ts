import { once } from 'node:events';
import { type ServerResponse } from 'node:http';
import { readSse } from './read-sse.js';
import { SINGLE_ATTEMPTS } from './start-gateway.js';
import { type MappedGateway, startMapped } from './start-mapped.js';

export const JOINED = '已经 naïve 😀 done';
const LOOP = '($f := function($x){ $f($x) }; $f(1))';

const MODELS = {
  named: {
    response: { text: 'answer', error: 'msg', error_status: '429' },
    stream: {
      text: 'event = "delta" ? data.text',
      reasoning: 'event = "thought" ? data.text',
      tool_calls: 'event = "call" ? data',
      finish_reason: 'event = "end" ? data.why',
      usage: 'event = "end" ? { "prompt_tokens": data.in, "completion_tokens": data.out }',
      id: 'data.chat',
      error: 'event = "error" ? data',
      error_status: '429',
      done: 'event = "end"',
    },
  },
  field: { stream: { text: 'data.text' } },
  lines: { stream: { format: 'ndjson', text: 'message.content', done: 'done', error: 'error' } },
  chunks: { stream: { format: 'text' } },
  shouting: { stream: { format: 'text', text: '$uppercase($)' } },
  whole: { stream: { text: 'data.text', tool_calls: 'data.calls', whole_text: true } },
  wrong: { stream: { text: 'data.text' } },
  loops: { stream: { text: LOOP } },
  patient: { stream: { text: 'data.text' }, timeouts: { first_byte_seconds: 1, idle_seconds: 1.5 } },
};

export const event = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
export const text = (words: string) => `data: ${JSON.stringify({ text: words })}\n\n`;

export let mapped: MappedGateway;
export const asStream = (model: string, extra: Record<string, unknown> = {}, signal?: AbortSignal) =>
  mapped.ask(model, { stream: true, ...extra }, signal);
export const streamed = async (model: string, extra?: Record<string, unknown>) =>
  readSse(await asStream(model, extra));
/** The next calls get these pieces, each in a write of its own, or only a part of the body. */
export const sendPieces = (
  pieces: readonly (string | Buffer)[],
  options: { type?: string; cut?: boolean } = {},
) =>
  mapped.upstream.handle(async ({ res }) => {
    res.writeHead(200, { 'content-type': options.type ?? 'text/event-stream' });
    for (const piece of pieces) await write(res, piece);
    if (options.cut === true) res.destroy();
    else res.end();
  });

/** Waits until the piece is on its way, so that the next one comes in a read of its own. */
export async function write(res: ServerResponse, piece: string | Buffer): Promise<void> {
  if (piece.length === 0) return;
  if (!res.write(piece)) await once(res, 'drain', { signal: AbortSignal.timeout(20_000) });
  await new Promise((resolve) => setImmediate(resolve));
}

/** For a whole spec: a gateway with mapped models whose streams fail at the first attempt, and are kept alive quickly. */
export function openMappedStreams(): void {
  beforeAll(async () => {
    mapped = await startMapped(MODELS, { ...SINGLE_ATTEMPTS, server: { sse_keepalive_seconds: 0.1 } });
  });
  afterAll(() => mapped.close());
}
