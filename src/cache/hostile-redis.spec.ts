import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { RedisConnection } from './redis-connection.js';
import { RedisEntries } from './redis-entries.js';

/** What a Redis answers to each command, by its words; undefined: nothing. */
type Answers = (words: readonly string[]) => string | undefined | Promise<string | undefined>;

let server: Server;
let entries: RedisEntries | undefined;
const sockets = new Set<Socket>();

async function start(answer: Answers): Promise<RedisEntries> {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      void (async () => {
        for (const command of data.toString().split(/(?=\*\d+\r\n)/)) {
          const reply = await answer(
            command.split('\r\n').filter((_, index) => index > 0 && index % 2 === 0),
          );
          if (reply !== undefined && !socket.destroyed) socket.write(reply);
        }
      })();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  entries = await RedisEntries.open(new RedisConnection(`redis://127.0.0.1:${port}`), 'k'.repeat(32));
  return entries;
}

afterEach(async () => {
  entries?.onApplicationShutdown();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const isHandshake = ([word = '']: readonly string[]): boolean => /^(hello|client|ping)$/i.test(word);
const isSet = ([word = '']: readonly string[]): boolean => /^set$/i.test(word);

async function costOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

describe('a Redis', () => {
  it.each<[string, Answers]>([
    ['that never answers', () => undefined],
    ['that answers garbage', () => '?!?\r\n\u0000garbage\r\n'],
    ['that refuses everything', () => '-NOAUTH Authentication required.\r\n'],
    ['that stops answering after its greeting', (words) => (isHandshake(words) ? '+OK\r\n' : undefined)],
    [
      'that takes five seconds for each answer',
      async (words) => {
        if (!isHandshake(words)) await new Promise((resolve) => setTimeout(resolve, 5000).unref());
        return '+OK\r\n';
      },
    ],
    ['that says that every lock is taken', (words) => (isHandshake(words) ? '+OK\r\n' : '$-1\r\n')],
    [
      'that shows locks that nobody holds',
      (words) => (isHandshake(words) ? '+OK\r\n' : isSet(words) ? '$-1\r\n' : '$4\r\nmine\r\n'),
    ],
    [
      'whose values are huge',
      (words) => (isHandshake(words) ? '+OK\r\n' : `$300000\r\n${'x'.repeat(300_000)}\r\n`),
    ],
  ])('%s delays calls briefly and once, not each of them', async (_what, answer) => {
    const cache = await start(answer);
    const cost = await costOf(async () => {
      for (let call = 0; call < 20; call++) {
        expect((await cache.read('key'))?.value).toBeUndefined();
        expect(await cache.lock('key', 12_000)).toBe('away');
        await cache.write('key', { token: 't' }, 1000);
      }
    });
    // A quarter of a second once, and not for each: that would be five seconds for the reads alone.
    expect(cost).toBeLessThan(4500);
  });

  it('that is read-only, but responds to pings and reads, is left alone for longer each time', async () => {
    const commands: string[] = [];
    const cache = await start((words) => {
      commands.push(words[0]!.toLowerCase());
      if (isHandshake(words)) return '+OK\r\n';
      return isSet(words) ? "-READONLY You can't write against a read only replica.\r\n" : '$-1\r\n';
    });
    const until = performance.now() + 5500;
    while (performance.now() < until) {
      await cache.lock('key', 12_000);
      await cache.read('other');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const refused = commands.filter((word) => word === 'set').length;
    // At 0 s, and as the pings find it back: after the pause of 1 s, that of 2 s, and not yet that of 4 s.
    expect(refused).toBeGreaterThan(1);
    expect(refused).toBeLessThanOrEqual(3);
  }, 20_000);
});
