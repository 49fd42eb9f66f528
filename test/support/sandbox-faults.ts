import { type IncomingMessage, Agent, request } from 'node:http';
import { type Socket } from 'node:net';
import { type Fault } from '../../src/sandbox/faults/faults.js';
import { type Sandbox } from '../../src/sandbox/sandbox.js';

export const CHAT = { model: 'm', messages: [{ role: 'user', content: 'Grüße, 世界 🎉' }] };
export const KEY = { authorization: 'Bearer sandbox-key' };

/** A response as it came over the wire. */
export interface WireAnswer {
  readonly response: IncomingMessage;
  readonly socket: Socket;
  /** All that arrived, even of a response that was cut off. */
  readonly body: Buffer;
  readonly packets: number;
  readonly error: string | undefined;
}

/** A chat. Over node:http, because fetch hides the bytes on the wire. */
export function call(
  sandbox: Sandbox,
  stream: boolean,
  headers: Record<string, string> = {},
  agent?: Agent,
): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${sandbox.url}/v1/chat/completions`,
      { method: 'POST', headers: { ...KEY, ...headers }, agent },
      (response) => {
        const packets: Buffer[] = [];
        const { socket } = response;
        let error: string | undefined;
        response.on('data', (bytes: Buffer) => packets.push(bytes));
        response.on('error', (problem: NodeJS.ErrnoException) => (error = problem.code));
        response.on('close', () =>
          resolve({ response, socket, body: Buffer.concat(packets), packets: packets.length, error }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify({ ...CHAT, stream }));
  });
}

/** A response without a fault, as `normal` has it. */
export async function good(sandbox: Sandbox, stream: boolean): Promise<string> {
  return normal((await call(sandbox, stream)).body.toString());
}

/** Removes what differs between two responses. */
export function normal(body: string): string {
  return body.replaceAll(/chatcmpl-sandbox-\w+|"created":\d+/gu, '');
}

/** A chat that meets a fault. */
export async function failed(sandbox: Sandbox, fault: Fault, stream = false): Promise<WireAnswer> {
  sandbox.fail(fault);
  return call(sandbox, stream);
}

/** Starts a call that does not end, and disconnects. */
export async function leave(
  sandbox: Sandbox,
  fault: Fault,
  stream: boolean,
  isEnough: (body: string) => boolean,
): Promise<string> {
  sandbox.fail(fault);
  const agent = new Agent();
  let body = '';
  const sent = request(
    `${sandbox.url}/v1/chat/completions`,
    { method: 'POST', headers: KEY, agent },
    (response) => {
      response.on('error', () => undefined);
      response.on('data', (bytes: Buffer) => {
        body += bytes.toString();
        if (isEnough(body)) sent.destroy();
      });
    },
  );
  sent.on('error', () => undefined);
  sent.end(JSON.stringify({ ...CHAT, stream }));
  await sandbox.waitFor((it) => it.abortedCalls === 1);
  return body;
}
