import { connect } from 'node:net';

/** Sends bytes and reads until the connection closes or falls silent. */
export function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.setTimeout(1500, () => {
      resolve(text);
      socket.destroy();
    });
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('}}')) socket.end();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}
