import { once } from 'node:events';
import { connect } from 'node:net';
import { request } from 'node:http';

export const KEYS = {
  attacker: 'abuse-key-of-the-attacker',
  second: 'abuse-key-of-his-friend-2',
  other: 'abuse-key-of-everybody-else',
};

/** A client that sends anything, counts it, and reads only what it wants. */
export class Attacker {
  bytesSent = 0;
  #sockets = new Set();

  constructor(port) {
    this.port = port;
  }

  /** Opens a connection that reads nothing unless told. */
  async connect({ reads = false } = {}) {
    const socket = connect({ port: this.port, host: '127.0.0.1' });
    this.#sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
    if (reads) socket.resume();
    else socket.pause();
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
    return socket;
  }

  /** Writes, and waits until the system took it, or the connection ended. */
  async write(socket, bytes) {
    if (socket.destroyed) return false;
    this.bytesSent += Buffer.byteLength(bytes);
    if (socket.write(bytes)) return true;
    await drained(socket);
    return !socket.destroyed;
  }

  /** A chat of a small client. @returns its status; 0 without a response */
  chat(key, model = 'm') {
    return this.post(key, JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] }), {
      counts: false,
    });
  }

  /** Sends a whole body and reads the response. @returns its status; 0 without a response */
  post(key, body, { counts = true } = {}) {
    if (counts) this.bytesSent += Buffer.byteLength(body);
    return new Promise((done) => {
      const req = request(
        {
          port: this.port,
          host: '127.0.0.1',
          method: 'POST',
          path: '/v1/chat/completions',
          agent: false,
          headers: {
            authorization: `Bearer ${key}`,
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
          },
        },
        (res) => res.resume().on('close', () => done(res.statusCode)),
      );
      req.on('socket', (socket) => this.#sockets.add(socket));
      req.on('error', () => done(0));
      req.end(body);
    });
  }

  leave() {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }
}

/** Waits until a stream takes more, or has ended. */
export function drained(stream) {
  return new Promise((done) => {
    const settle = () => {
      stream.off('drain', settle).off('close', settle);
      done();
    };
    stream.on('drain', settle).on('close', settle);
  });
}

export const head = (key, framing) =>
  `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\n${framing}\r\n\r\n`;
