import { SilentClient } from './silent-client.js';
import { type TestUpstream, startUpstream } from './start-upstream.js';

export let upstream: TestUpstream;
export let clients: SilentClient[];

export async function send(url: string, bytes: string): Promise<SilentClient> {
  const client = await SilentClient.send(url, bytes);
  clients.push(client);
  return client;
}

/** For a whole spec: a service, and the clients of each test, which leave after it. */
export function openSilentClients(): void {
  beforeAll(async () => {
    upstream = await startUpstream();
  });
  afterAll(() => upstream.close());
  beforeEach(() => {
    clients = [];
  });
  afterEach(() => {
    for (const { socket } of clients) socket.destroy();
  });
}
