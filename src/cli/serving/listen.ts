import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type GatewayConfig } from '../../config/gateway.config.js';
import { CommandError } from '../command-error.js';

/** @throws CommandError when the address cannot be used */
export async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: Error): void => reject(listenError(error, host, port));
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve();
    });
  });
  return server.address() as AddressInfo;
}

/** Explains why listening failed; returns any other error unchanged. */
export function listenError(error: unknown, host: string, port: number): unknown {
  const reason = error instanceof Error && 'code' in error ? REASONS[String(error.code)] : undefined;
  return reason === undefined ? error : new CommandError(reason(host, port), { cause: error });
}

/** The same for the metrics listener, which the application opens itself. */
export function metricsListenError(error: unknown, { server, metrics }: GatewayConfig): unknown {
  if (!(error instanceof Error && 'syscall' in error && error.syscall === 'listen')) return error;
  const code = 'code' in error ? String(error.code) : 'unknown error';
  const message = `metrics.port ${metrics.port} on ${server.host} cannot be opened (${code}); choose another port`;
  return new CommandError(message, { cause: error });
}

const unknownHost = (host: string): string => `the host name '${host}' cannot be resolved`;

const REASONS: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (host, port) =>
    `port ${port} on ${host} is in use by another program; stop it or choose another --port`,
  EACCES: (host, port) => `no permission to listen on port ${port} of ${host}; choose another --port`,
  EADDRNOTAVAIL: (host) => `this machine has no address ${host}; choose another --host`,
  ENOTFOUND: unknownHost,
  EAI_AGAIN: unknownHost,
};
