import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCliArguments } from '../src/cli/arguments.js';
import { Sandbox } from '../src/sandbox/sandbox.js';
import { type BuiltGateway, startBuiltGateway } from './support/built-gateway.js';
import { runCli } from './support/cli-process.js';
import {
  CHINESE,
  type CodeBlock,
  DOCUMENTS,
  ENGLISH,
  EXAMPLE_FILE,
  type MarkdownDocument,
  QUICKSTART,
  ROOT,
  commandsOf,
  wordsOf,
} from './support/documents.js';

const SPAWN_TIMEOUT_MS = 60_000;

describe('the calls in the documents', () => {
  let gateway: BuiltGateway;
  beforeAll(async () => (gateway = await startBuiltGateway()), SPAWN_TIMEOUT_MS);
  afterAll(() => gateway.stop(), SPAWN_TIMEOUT_MS);

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

  /** Calls of the chapter that starts its own service. */
  const isOfHouse = (code: string): boolean => /localhost:9200|sk-house-demo/.test(code);

  /** Without the parts that differ between calls. */
  const steady = (output: string): string =>
    output.replaceAll(/chatcmpl-sandbox-\w+/g, 'ID').replaceAll(/\d+(\.\d+)?/g, '0');

  it.each([ENGLISH, CHINESE])('$name: each is answered as shown', async (document) => {
    const blocks = document.blocksOf('sh', 'curl ').filter(({ code }) => !isOfHouse(code));
    expect(blocks.length).toBeGreaterThan(3);
    for (const block of blocks) {
      await isAnsweredAsShown(document, block, gateway.url);
    }
  });

  async function isAnsweredAsShown(document: MarkdownDocument, block: CodeBlock, url: string): Promise<void> {
    const answers: string[] = [];
    for (const command of commandsOf(block.code)) answers.push(await curl(command, url));
    const next = document.after(block)!;
    if (next.language !== 'text') return;
    let rest = steady(answers.join('\n'));
    for (const piece of next.code.split('…').map((part) => steady(part).trim())) {
      const at = rest.indexOf(piece);
      if (at < 0) throw new Error(`${document.name} shows\n${piece}\nbut the answer goes on\n${rest}`);
      rest = rest.slice(at + piece.length);
    }
  }

  it.each([ENGLISH, CHINESE])(
    '$name: an in-house service becomes a model as told',
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
          .filter(({ code }) => isOfHouse(code));
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

  it('answers every route of the table, and there are no others', async () => {
    const response = await fetch(`${gateway.url}/docs-json`);
    const { paths } = (await response.json()) as { paths: Record<string, Record<string, unknown>> };
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    for (const document of [ENGLISH, CHINESE]) {
      const table = document.tables.find((rows) => rows.some(([route]) => route === '`GET /v1/models`'))!;
      const listed = table
        .slice(1)
        .flatMap(([cell]) => [...cell!.matchAll(/`([^`]+)`/g)].map(([, it]) => it!));
      const pages = ['GET /docs', 'GET /docs-json', 'GET /ui'];
      expect(listed.toSorted()).toEqual([...documented, ...pages].toSorted());
    }
    for (const page of ['docs', 'ui']) expect((await fetch(`${gateway.url}/${page}`)).status).toBe(200);
  });

  it(
    'of the quick start reach a model behind a login',
    async () => {
      const sandbox = await Sandbox.start();
      const folder = mkdtempSync(join(tmpdir(), 'quickstart-'));
      try {
        const [{ code }] = QUICKSTART.blocksOf('yaml') as [CodeBlock];
        writeFileSync(join(folder, 'team-a.key'), 'sk-my-own-key\n');
        writeFileSync(join(folder, 'models.yaml'), code.replaceAll('http://localhost:9100', sandbox.url));
        const own = await startBuiltGateway(join(folder, 'models.yaml'));
        try {
          const [simple, withKey, ...others] = QUICKSTART.commands.filter((it) => it.startsWith('curl '));
          expect(others).toEqual([]);
          expect(await curl(simple!, gateway.url)).toContain('gpt-3.5-turbo');
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

describe('the commands in the documents', () => {
  const said = DOCUMENTS.flatMap(({ name, commands, inlineCode }) =>
    [...commands, ...inlineCode].flatMap((command) => {
      const match = /^(?:npx llm-gateway|npm start --)(?: (.*))?$/.exec(command);
      return match === null ? [] : [{ name, command, args: match[1]?.replace(/ [|>].*$/, '') ?? '' }];
    }),
  );

  it.each(said.filter(({ args }) => !args.startsWith('…')))('$name: $command', ({ args }) => {
    expect(() => parseCliArguments(wordsOf(args))).not.toThrow();
  });

  it(
    'lists the default models as shown',
    async () => {
      const { code, stdout } = await runCli(['--mode', 'list', '--config', 'config/models.yaml']);
      expect(code).toBe(0);
      for (const document of [ENGLISH, CHINESE]) {
        expect(document.blocksOf('text', 'MAX_TOKENS')[0]!.code.startsWith(stdout)).toBe(true);
      }
    },
    SPAWN_TIMEOUT_MS,
  );

  it.each(DOCUMENTS)(
    '$name names npm scripts and files that exist',
    ({ text, inlineCode, links, headings, name }) => {
      const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
        scripts: Record<string, string>;
      };
      const named = [...text.matchAll(/\bnpm (?:run ([\w:]+)|(start|test)\b)/g)].map(
        (match) => match[1] ?? match[2]!,
      );
      expect(named.filter((script) => !(script in scripts))).toEqual([]);

      // As GitHub generates them.
      const anchors = headings.map(
        ({ title }) =>
          `#${title
            .toLowerCase()
            .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
            .replaceAll(' ', '-')}`,
      );
      const local = links.filter((link) => !/^(https?:|#)/.test(link)).map((link) => link.replace(/#.*/, ''));
      const files = inlineCode.flatMap(
        (code) => code.match(/\b(?:src|test|examples|config|bench|deploy)\/[\w./-]+/g) ?? [],
      );
      const missing = [...local, ...files].filter(
        (path) => path !== EXAMPLE_FILE && !existsSync(join(ROOT, path)),
      );
      expect({ name, missing }).toEqual({ name, missing: [] });
      expect(links.filter((link) => link.startsWith('#') && !anchors.includes(link))).toEqual([]);
    },
  );
});

describe('the two READMEs', () => {
  const withoutComments = ({ language, code }: CodeBlock) =>
    `${language}\n${code.replaceAll(/ *# (?!\d{3}$).*$/gm, '')}`;

  it('have the same headings, as far as levels go', () => {
    expect(CHINESE.headings.map(({ level }) => level)).toEqual(ENGLISH.headings.map(({ level }) => level));
  });

  it('have the same tables, as far as rows and cells go', () => {
    const shape = ({ tables }: MarkdownDocument) => tables.map((rows) => rows.map((row) => row.length));
    expect(shape(CHINESE)).toEqual(shape(ENGLISH));
  });

  it('have the same code, comments aside', () => {
    expect(CHINESE.blocks.map(withoutComments)).toEqual(ENGLISH.blocks.map(withoutComments));
  });

  it('lead to the same places', () => {
    const outside = ({ links }: MarkdownDocument) =>
      links
        .filter((link) => !link.startsWith('#') && !link.startsWith('README'))
        .map((link) => link.replace('.zh-CN.md', '.md'))
        .toSorted();
    expect(outside(CHINESE)).toEqual(outside(ENGLISH));
  });

  it('name error codes that the source knows', () => {
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
      .map((name) => readFileSync(join(ROOT, 'src', name), 'utf8'))
      .join('\n');
    const table = ENGLISH.tables.find((rows) => rows[0]!.includes('`code`'))!;
    const codes = table
      .flatMap((row) => [...row.at(-1)!.matchAll(/`(\w+)`/g)].map(([, code]) => code!))
      .slice(1);
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code) => !sources.includes(`'${code}'`))).toEqual([]);
  });
});
