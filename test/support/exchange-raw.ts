import { connect } from 'node:net';

/** A response as it arrived on a connection. */
export interface RawResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends bytes on a new connection, and reads one response. */
export function exchangeRaw(url: string, bytes: string): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
    let text = '';
    const done = (): void => {
      socket.destroy();
      resolve(parse(text));
    };
    socket.setTimeout(3000, done);
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const response = parse(text);
      if (
        response.status > 0 &&
        Buffer.byteLength(response.body) >= Number(response.headers['content-length'])
      )
        done();
    });
    socket.on('end', done).on('error', reject);
  });
}

function parse(text: string): RawResponse {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return { status: 0, headers: {}, body: '' };
  const [first, ...lines] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return { status: Number(first!.split(' ')[1]), headers, body: text.slice(end + 4) };
}
