import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sandbox } from '../src/sandbox/sandbox.js';
import { type BuiltGateway, startBuiltGateway } from './support/built-gateway.js';
import {
  type CodeBlock,
  DOCUMENTS,
  type MarkdownDocument,
  bothOf,
  commandsOf,
  wordsOf,
} from './support/documents.js';

const SPAWN_TIMEOUT_MS = 60_000;

/** Calls of chapters that start a service or a gateway of their own. */
const isOfOwnGateway = (code: string): boolean => /localhost:9200|sk-house-demo|team-a\.key/.test(code);

/** Makes the call of a curl command. @returns the output of curl */
async function curl(command: string, url: string, key?: string): Promise<string> {
  const [name, ...words] = wordsOf(command);
  expect(name).toBe('curl');
  let method: string | undefined;
  let body: string | undefined;
  let address = '';
  let showsHead = false;
  const headers = new Headers();
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-H') {
      const [header, value] = words.shift()!.split(': ') as [string, string];
      headers.set(header, value.replace(/\$\(cat .*team-a\.key\)/, key ?? '$&'));
    } else if (word === '-d') body = words.shift();
    else if (word === '-X') method = words.shift();
    else if (word === '-i') showsHead = true;
    else if (word !== '-N') address = word;
  }
  expect(address).toMatch(/^http:\/\/localhost:(8000|9200)\//);
  method ??= body === undefined ? 'GET' : 'POST';
  const target = address.replace(/^http:\/\/localhost:\d+/, url);
  const response = await fetch(target, { method, headers, body });
  const text = await response.text();
  const expected = Number(/ # (\d{3})$/.exec(command)?.[1] ?? 200);
  expect({ command, status: response.status }).toEqual({ command, status: expected });
  return showsHead ? `HTTP/1.1 ${response.status} ${response.statusText}\n\n${text}` : text;
}

/** Without the parts that differ between calls. */
const steady = (output: string): string =>
  output.replaceAll(/chatcmpl-sandbox-\w+/g, 'ID').replaceAll(/\d+(\.\d+)?/g, '0');

async function isAnsweredAsShown(document: MarkdownDocument, block: CodeBlock, url: string): Promise<void> {
  const answers: string[] = [];
  for (const command of commandsOf(block.code)) answers.push(await curl(command, url));
  const next = document.after(block);
  if (next?.language !== 'text') return;
  let rest = steady(answers.join('\n'));
  for (const piece of next.code.split('…').map((part) => steady(part).trim())) {
    const at = rest.indexOf(piece);
    if (at < 0)
      throw new Error(`${document.name} shows\n${piece}\nbut the response goes on\n${rest.slice(0, 2000)}`);
    rest = rest.slice(at + piece.length);
  }
}

describe('the calls in the documents', () => {
  let gateway: BuiltGateway;
  beforeAll(async () => (gateway = await startBuiltGateway()), SPAWN_TIMEOUT_MS);
  afterAll(() => gateway.stop(), SPAWN_TIMEOUT_MS);

  const withCalls = DOCUMENTS.filter(({ commands }) =>
    commands.some((command) => command.startsWith('curl ') && !isOfOwnGateway(command)),
  );

  it('are on several pages of both languages', () => {
    expect(withCalls.length).toBeGreaterThan(8);
  });

  it.each(withCalls)('$name: each is answered as shown', async (document) => {
    for (const block of document.blocksOf('sh', 'curl ').filter(({ code }) => !isOfOwnGateway(code))) {
      await isAnsweredAsShown(document, block, gateway.url);
    }
  });

  it.each(bothOf('in-house.md'))(
    '$name: an in-house service becomes a model as described',
    async (document) => {
      const [service] = document.blocksOf('js', 'createServer') as [CodeBlock];
      const [yaml] = document.blocksOf('yaml', 'sk-house-demo') as [CodeBlock];
      const folder = mkdtempSync(join(tmpdir(), 'house-'));
      writeFileSync(
        join(folder, 'service.mjs'),
        service.code
          .replace('listen(9200', 'listen(0')
          .replace("'http://localhost:9200'", '`http://localhost:${server.address().port}`'),
      );
      const house = spawn(process.execPath, [join(folder, 'service.mjs')], { stdio: 'pipe' });
      try {
        const [line] = (await once(house.stdout, 'data')) as [Buffer];
        const address = line.toString().trim();
        writeFileSync(join(folder, 'models.yaml'), yaml.code.replaceAll('http://localhost:9200', address));
        const [byHand, chats, ...others] = document
          .blocksOf('sh', 'curl ')
          .filter(({ code }) => isOfOwnGateway(code));
        expect(others).toEqual([]);
        await isAnsweredAsShown(document, byHand!, address);
        const own = await startBuiltGateway(join(folder, 'models.yaml'));
        try {
          await isAnsweredAsShown(document, chats!, own.url);
          // The gateway's ticket is no longer valid.
          await curl(commandsOf(byHand!.code)[0]!, address);
          await isAnsweredAsShown(document, chats!, own.url);
        } finally {
          await own.stop();
        }
      } finally {
        house.kill();
        rmSync(folder, { recursive: true });
      }
    },
    SPAWN_TIMEOUT_MS,
  );

  it('reach every route of the table, and there are no others', async () => {
    const response = await fetch(`${gateway.url}/docs-json`);
    const { paths } = (await response.json()) as { paths: Record<string, Record<string, unknown>> };
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    for (const document of bothOf('api.md')) {
      const listed = document
        .tableOf('`GET /v1/models`')
        .flatMap(([cell]) => [...cell!.matchAll(/`([^`]+)`/g)].map(([, it]) => it!));
      const pages = ['GET /docs', 'GET /docs-json', 'GET /ui', 'GET /errors', 'GET /errors/{code}'];
      expect(listed.toSorted()).toEqual([...documented, ...pages].toSorted());
    }
    for (const page of ['docs', 'ui', 'errors', 'errors/queue_full'])
      expect((await fetch(`${gateway.url}/${page}`)).status).toBe(200);
  });

  it.each(bothOf('quickstart.md'))(
    '$name: reach a model behind a login, with a key of its own',
    async (document) => {
      const sandbox = await Sandbox.start();
      const folder = mkdtempSync(join(tmpdir(), 'quickstart-'));
      try {
        const [{ code }] = document.blocksOf('yaml') as [CodeBlock];
        writeFileSync(join(folder, 'team-a.key'), 'sk-my-own-key\n');
        writeFileSync(join(folder, 'models.yaml'), code.replaceAll('http://localhost:9100', sandbox.url));
        const own = await startBuiltGateway(join(folder, 'models.yaml'));
        try {
          const [withKey, ...others] = document.commands.filter((it) => it.includes('team-a.key)'));
          expect(others).toEqual([]);
          expect(await curl(withKey!, own.url, 'sk-my-own-key')).toContain('in-house');
        } finally {
          await own.stop();
        }
      } finally {
        await sandbox.close();
        rmSync(folder, { recursive: true });
      }
    },
    SPAWN_TIMEOUT_MS,
  );
});
