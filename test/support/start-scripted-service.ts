import { type AddressInfo, type Socket, createServer } from 'node:net';

/** Without it a client may send its next request just when the connection ends. */
const CLOSES = 'connection: close';

/** The bytes that a service writes to its socket. */
export interface Script {
  /** Written one after the other, each in a packet of its own. */
  readonly pieces: readonly (string | Buffer)[];
  /** What happens to the connection afterwards; default: it is closed. */
  readonly ending?: 'close' | 'stay' | 'reset';
}

/** A service that responds with scripted bytes instead of those of an HTTP server. */
export interface ScriptedService {
  /** The URL whose response is `script`. */
  at(script: Script): string;
  readonly connectionCount: () => number;
  /** How many requests a URL has received. */
  readonly requestCount: (address: string) => number;
  close(): Promise<void>;
}

export async function startScriptedService(): Promise<ScriptedService> {
  const scripts: Script[] = [];
  const requests: number[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const headEnd = received.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const head = received.subarray(0, headEnd).toString();
      const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
      if (received.length < headEnd + 4 + length) return;
      received = Buffer.alloc(0);
      const number = Number(/^\S+ \/(\d+)/.exec(head)?.[1]);
      requests[number] = (requests[number] ?? 0) + 1;
      void play(socket, scripts[number]!);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    at: (script) => `${url}/${scripts.push(script) - 1}`,
    connectionCount: () => connections,
    requestCount: (address) => requests[Number(new URL(address).pathname.slice(1))] ?? 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function play(socket: Socket, { pieces, ending = 'close' }: Script): Promise<void> {
  socket.setNoDelay(true);
  for (const piece of pieces) {
    if (socket.destroyed) return;
    await new Promise((resolve) => socket.write(piece, resolve));
    if (pieces.length > 1) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  if (ending === 'close') socket.end();
  else if (ending === 'reset') socket.resetAndDestroy();
}

/** A response head with these header lines, and a body of known length. */
export function whole(lines: readonly string[], body: string | Buffer, status = '200 OK'): Buffer {
  const bytes = Buffer.from(body as string);
  const head = [`HTTP/1.1 ${status}`, ...lines, CLOSES, `content-length: ${bytes.length}`, '', ''].join(
    '\r\n',
  );
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** A response head with these header lines, and pieces of a chunked body; it ends unless `isOpen`. */
export function chunked(
  lines: readonly string[],
  pieces: readonly (string | Buffer)[],
  isOpen = false,
  isKept = false,
): Buffer[] {
  const head = [
    'HTTP/1.1 200 OK',
    ...lines,
    ...(isKept ? [] : [CLOSES]),
    'transfer-encoding: chunked',
    '',
    '',
  ].join('\r\n');
  const chunks = pieces.map((piece) => {
    const bytes = Buffer.from(piece as string);
    return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
  });
  return [Buffer.from(head), ...chunks, ...(isOpen ? [] : [Buffer.from('0\r\n\r\n')])];
}
