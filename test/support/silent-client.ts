import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { type Socket, connect } from 'node:net';

/** A client on a bare socket that reads only on request; until then it does not notice its end either. */
export class SilentClient {
  private constructor(readonly socket: Socket) {
    socket.on('error', () => undefined);
  }

  /** Connects, and sends bytes. */
  static async send(url: string, bytes: string): Promise<SilentClient> {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
    const client = new SilentClient(socket.pause());
    await once(socket, 'connect');
    socket.write(bytes);
    return client;
  }

  /** Reads until a text has arrived or the connection has ended. @returns everything that arrived */
  async readUntil(end: string): Promise<string> {
    let text = '';
    for await (const chunk of this.socket) {
      text += String(chunk);
      if (text.includes(end)) break;
    }
    return text;
  }
}

/** A request without a body. */
export function getRequest(path: string, headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join('')}\r\n`;
}

/** A chat call. */
export function chatRequest(key: string, body: Readonly<Record<string, unknown>> = {}): string {
  const text = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...body });
  return (
    `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${key}\r\n` +
    `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  );
}

/** Memory that a process holds now, in MB (Linux). */
export function residentMb(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return (Number(kibibytes) * 1024) / 1e6;
}

/** Descriptors that a process has open now (Linux). */
export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
