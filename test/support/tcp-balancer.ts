import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** What a Kubernetes Service is to its clients: one address, whose new connections go to its endpoints in turn. */
export interface TcpBalancer {
  readonly url: string;
  /** Connections that came while there was no endpoint, or to one that refused. */
  readonly refused: () => number;
  add(endpointUrl: string): void;
  /** Takes an endpoint out for new connections; existing ones go on. */
  remove(endpointUrl: string): void;
  close(): Promise<void>;
}

/** Listens on a free loopback port. */
export async function startBalancer(): Promise<TcpBalancer> {
  const endpoints: string[] = [];
  const sockets = new Set<Socket>();
  let refused = 0;
  let turn = 0;
  const server = createServer({ allowHalfOpen: true }, (caller) => {
    const url = endpoints[turn++ % endpoints.length];
    if (url === undefined) {
      refused += 1;
      caller.destroy();
      return;
    }
    const endpoint = connect({ host: '127.0.0.1', port: Number(new URL(url).port), allowHalfOpen: true });
    for (const [one, other] of [
      [caller, endpoint],
      [endpoint, caller],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.once('error', () => other.destroy());
      one.once('close', () => {
        sockets.delete(one);
        if (!one.readableEnded) other.destroy();
      });
    }
    endpoint.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') refused += 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused: () => refused,
    add: (endpointUrl) => void endpoints.push(endpointUrl),
    remove: (endpointUrl) => void endpoints.splice(endpoints.indexOf(endpointUrl), 1),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
