import { eventData } from './event-data.js';

const STREAM = Buffer.from(
  '\ufeff: a comment\r\n' +
    'data: {"a":"你好 🎉"}\r\n\r\n' +
    ':\n\n' +
    'event: message\nid: 7\ndata:no space\ndata:  two\n\n' +
    'data: three\r\ndata: four\r\n\r\n' +
    'data\n\n' +
    'data: old\r\r' +
    'retry: 10\n\n' +
    'data: [DONE]\r\n\r\n' +
    'data: never finished\n',
);
const EVENTS = ['{"a":"你好 🎉"}', 'no space\n two', 'three\nfour', '', 'old', '[DONE]'];

async function read(...pieces: Uint8Array[]): Promise<string[]> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  const events: string[] = [];
  for await (const event of eventData(body.getReader())) events.push(event);
  return events;
}

it('reads comments, CRLF, CR, several data lines and characters of several bytes', async () => {
  expect(await read(STREAM)).toEqual(EVENTS);
});

it('reads the same when the bytes are cut at any offset', async () => {
  for (let at = 0; at <= STREAM.length; at += 1) {
    expect([at, await read(STREAM.subarray(0, at), STREAM.subarray(at))]).toEqual([at, EVENTS]);
  }
});

it('reads the same byte by byte, and with empty reads between', async () => {
  const bytes = [...STREAM].flatMap((byte) => [Uint8Array.of(byte), new Uint8Array()]);
  expect(await read(...bytes)).toEqual(EVENTS);
});

it('yields an event as soon as it is complete', async () => {
  const pieces = ['data: 1\n', '\n', 'data: 2\n\n'].map((text) => new TextEncoder().encode(text));
  let reads = 0;
  const reader = {
    read: () => {
      const value = pieces[reads];
      reads += 1;
      return Promise.resolve({ done: value === undefined, value });
    },
  };
  const events = eventData(reader);
  expect(await events.next()).toEqual({ done: false, value: '1' });
  expect(reads).toBe(2);
});

it('passes on what the reader throws', async () => {
  const reader = { read: () => Promise.reject(new Error('gone')) };
  await expect(eventData(reader).next()).rejects.toThrow('gone');
});
