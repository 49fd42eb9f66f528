import { type Server } from 'node:http';
import { type Socket } from 'node:net';

/** The connections of a server, so that its end does not cut off what was already answered. */
export class OpenSockets {
  readonly #sockets = new Set<Socket>();

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /**
   * Waits until slow readers have taken the answers that were written for them, for as long as `limitMs`. Comes
   * before `server.close()`, which destroys a connection as soon as its answer has ended on our side.
   */
  async flush(limitMs: number): Promise<void> {
    const flushed = [...this.#sockets]
      .filter((socket) => socket.writableLength > 0)
      .map((socket) => {
        const closed = new Promise((resolve) => socket.once('close', resolve));
        socket.destroySoon();
        return closed;
      });
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise((resolve) => (timer = setTimeout(resolve, limitMs)));
    await Promise.race([Promise.all(flushed), limit]);
    clearTimeout(timer);
  }
}
