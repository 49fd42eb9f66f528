import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const SRC = resolve(import.meta.dirname, '../src');
const TESTS = import.meta.dirname;

/**
 * Who may import whom: the rooms of the house and their doors. `.` is the composition root (`src/*.ts`), which may
 * import everything, and which nobody imports but the command line, save for `version`.
 */
// prettier-ignore
const DOORS: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  conversation: [],
  client: [],
  sandbox: [],
  expressions: ['protocol'],
  protocol: ['errors'],
  config: ['protocol'],
  // What every part of a call's way shares: its record, its cancellation, those that run.
  calls: ['conversation', 'errors', 'protocol'],
  cache: ['config'],
  answers: ['cache', 'config', 'dialects', 'protocol'],
  telemetry: ['calls', 'config', 'conversation', 'errors', 'protocol'],
  upstream: ['calls', 'config', 'conversation', 'errors', 'protocol'],
  http: ['calls', 'config', 'dialects', 'errors', 'protocol', 'upstream'],
  limits: ['auth', 'cache', 'calls', 'config', 'dialects', 'docs', 'errors', 'prices', 'protocol', 'routing'],
  auth: ['config', 'errors', 'http'],
  credentials: ['cache', 'calls', 'config', 'errors', 'expressions', 'protocol', 'telemetry', 'upstream'],
  dialects: ['calls', 'config', 'conversation', 'docs', 'errors', 'expressions', 'protocol', 'upstream'],
  providers: ['config', 'credentials', 'dialects', 'protocol', 'upstream'],
  catalog: ['config', 'errors', 'providers', 'routing'],
  routing: ['calls', 'config', 'conversation', 'credentials', 'dialects', 'errors', 'protocol', 'providers', 'telemetry', 'upstream'],
  models: ['auth', 'calls', 'catalog', 'dialects', 'docs', 'errors', 'http', 'limits', 'protocol', 'providers', 'routing', 'telemetry'],
  prices: ['calls', 'config', 'conversation', 'routing'],
  chat: ['answers', 'auth', 'calls', 'catalog', 'config', 'conversation', 'dialects', 'docs', 'errors', 'http', 'limits', 'prices', 'protocol', 'providers', 'routing', 'telemetry', 'upstream'],
  probes: ['calls', 'catalog', 'config', 'credentials', 'errors', 'protocol', 'routing', 'telemetry', 'upstream'],
  ui: ['auth', 'errors', 'http'],
  'error-pages': ['auth', 'errors', 'http'],
  docs: ['config', 'errors', 'protocol'],
  usage: ['auth', 'calls', 'config', 'docs', 'errors', 'limits', 'protocol', 'telemetry'],
  tracing: ['calls', 'config', 'conversation', 'errors', 'protocol', '.'],
  metrics: ['auth', 'calls', 'catalog', 'config', 'conversation', 'docs', 'errors', 'http', 'limits', 'protocol', 'telemetry', 'usage'],
  health: ['auth', 'cache', 'calls', 'catalog', 'config', 'docs', 'routing', 'telemetry', '.'],
};
const EVERYTHING = ['cli', '.'];
/** Features know the port of the providers, never a type. */
const PORT_FILES = ['llm-provider.ts', 'llm-providers.ts', 'providers.module.ts'];
/** What the rooms outside may know of dialects: the ports, translation, the framing of events, forms, the counting of tokens, and requests of the gateway's own. */
const DIALECT_PORTS = /^dialects\/(?:[^/]+\.ts|ports\/|translating\/|framing\/|forms\/|counting\/)/;
const VENDOR = /openai|anthropic|claude|gemini|bedrock|azure|mistral|deepseek|vllm|ollama|qwen|dashscope/i;
/** The words of errors and the headers of many services, as data; and OpenAI's error format, which is everybody's. */
const KNOWS_VENDORS = [
  'upstream/failure/wordings/',
  'upstream/response/forwarded-response-headers.ts',
  'chat/forwarded-headers.ts',
  'protocol/errors/error-format.ts',
];
const COMMON_ERRORS = /OPENAI_ERRORS|[oO]penAiError/g;

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'),
);
const text = new Map(files.map((file) => [file, readFileSync(join(SRC, file), 'utf8')]));
const imports: Import[] = files.flatMap((from) =>
  [...text.get(from)!.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => ({
    from,
    to: relative(SRC, resolve(SRC, dirname(from), match[1]!.replace(/\.js$/, '.ts'))),
  })),
);
const roomOf = (file: string) => (file.includes('/') ? file.split('/', 1)[0]! : '.');

describe('the architecture', () => {
  it('has only the top-level folders that the plan lists', () => {
    expect([...new Set(files.map(roomOf))].sort()).toEqual([...Object.keys(DOORS), ...EVERYTHING].sort());
  });

  it('imports only from folders that the plan allows', () => {
    const forbidden = imports.filter(({ from, to }) => {
      const [room, other] = [roomOf(from), roomOf(to)];
      return room !== other && !EVERYTHING.includes(room) && !DOORS[room]!.includes(other);
    });
    expect(forbidden).toEqual([]);
  });

  it('has at most ten source files in a folder', () => {
    const counts = new Map<string, number>();
    const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
      (file) => /\.(?:ts|js)$/.test(file) && !file.endsWith('.spec.ts'),
    );
    for (const file of sources) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
    expect([...counts].filter(([, count]) => count > 10)).toEqual([]);
  });

  it('has at most 300 lines in a file of tests', () => {
    const long = [SRC, TESTS].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && (folder === TESTS || file.endsWith('.spec.ts')))
        .map((file) => [file, readFileSync(join(folder, file), 'utf8').split('\n').length - 1] as const)
        .filter(([, lines]) => lines > 300),
    );
    expect(long).toEqual([]);
  });

  it('has no two folders that import each other', () => {
    const pairs = Object.entries(DOORS).flatMap(([room, others]) =>
      others.filter((other) => DOORS[other]?.includes(room)).map((other) => `${room} <-> ${other}`),
    );
    expect(pairs).toEqual([]);
  });

  it.each(['docs/architecture.md', 'docs/zh/architecture.md'])('has the layers that %s shows', (page) => {
    const text = readFileSync(join(SRC, '..', page), 'utf8');
    const [, picture] = /```text\n(cli [\s\S]*?)```/.exec(text)!;
    const layers = picture!
      .trim()
      .split('\n')
      .map((line) => line.replace(/#.*/, '').trim().split(/\s+/));
    expect(layers.flat().sort()).toEqual([...Object.keys(DOORS), 'cli'].sort());
    const layerOf = (room: string) => layers.findIndex((layer) => layer.includes(room));
    const wrong = imports.filter(({ from, to }) => {
      const [room, other] = [roomOf(from), roomOf(to)];
      if (room === other || room === '.' || other === '.') return false;
      return layerOf(room) >= layerOf(other);
    });
    expect(wrong).toEqual([]);
  });

  it('lets features see the port of the providers, never a concrete one', () => {
    const concrete = imports.filter(
      ({ from, to }) =>
        roomOf(to) === 'providers' &&
        !['providers', ...EVERYTHING].includes(roomOf(from)) &&
        !PORT_FILES.includes(to.slice('providers/'.length)),
    );
    expect(concrete).toEqual([]);
  });

  it('lets only providers and the command line know more of a dialect than its ports', () => {
    const known = imports.filter(
      ({ from, to }) =>
        roomOf(to) === 'dialects' &&
        !['dialects', 'providers', ...EVERYTHING].includes(roomOf(from)) &&
        !DIALECT_PORTS.test(to),
    );
    expect(known).toEqual([]);
  });

  it('names vendors in providers/ and dialects/ only, documentation aside', () => {
    const named = files.filter(
      (file) =>
        !['providers', 'dialects', 'sandbox', 'client', 'docs', ...EVERYTHING].includes(roomOf(file)) &&
        !file.endsWith('.docs.ts') &&
        !KNOWS_VENDORS.some((known) => file.startsWith(known)) &&
        VENDOR.test(codeOf(file).replaceAll(COMMON_ERRORS, '')),
    );
    expect(named).toEqual([]);
  });

  it('keeps conversations pure data, which imports nothing from elsewhere', () => {
    const importing = files.filter(
      (file) => roomOf(file) === 'conversation' && /\bfrom '(?!\.\/)/.test(text.get(file)!),
    );
    expect(importing).toEqual([]);
  });

  it('has no import cycles', () => {
    const next = new Map<string, string[]>();
    for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      if (done.has(file) || path.includes(file)) return;
      for (const other of next.get(file) ?? []) visit(other, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  it('opens outbound connections in upstream/ only', () => {
    const callers = files.filter((file) =>
      /from '(?:undici|axios|node:https|node:net)'/.test(text.get(file)!),
    );
    expect(
      callers
        .filter((file) => !['upstream', 'sandbox'].includes(roomOf(file)))
        .filter((file) => !isTypeOnly(file)),
    ).toEqual([]);
  });

  it('reads the environment in config/ only, the client and the command line aside', () => {
    const readers = files.filter((file) => /process\.env/.test(text.get(file)!));
    expect(readers.filter((file) => !['config', 'client', 'cli'].includes(roomOf(file)))).toEqual([]);
  });

  it('knows HTTP types of Nest and Express in controllers, http/ and auth/ only', () => {
    const users = files.filter((file) =>
      /from 'express'|from '@nestjs\/platform-express'/.test(text.get(file)!),
    );
    expect(
      users.filter(
        (file) => !['http', 'auth', '.'].includes(roomOf(file)) && !file.endsWith('.controller.ts'),
      ),
    ).toEqual([]);
  });

  it('names each model type in one file, examples in the documentation aside', () => {
    for (const type of ['openai', 'anthropic', 'gemini', 'request']) {
      const named = files.filter(
        (file) =>
          new RegExp(`'${type}'`).test(text.get(file)!) &&
          // Some wire formats have the names of types.
          !['dialects', 'sandbox'].includes(roomOf(file)) &&
          !file.endsWith('.docs.ts'),
      );
      expect([type, named.filter((file) => !/message: 'request'/.test(text.get(file)!))]).toEqual([
        type,
        [`providers/${type}/${type}.provider.ts`],
      ]);
    }
  });
});

/** Without comments and imports. */
function codeOf(file: string): string {
  return text.get(file)!.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|^import [^;]*;$/gm, '');
}

/** Types cost nothing and open nothing. */
function isTypeOnly(file: string): boolean {
  return [...text.get(file)!.matchAll(/import ([^;]+?) from '(?:undici|axios|node:https|node:net)'/g)].every(
    ([, names]) =>
      names!.startsWith('type ') ||
      names!
        .replaceAll(/[{}\s]/g, '')
        .split(',')
        .filter(Boolean)
        .every((name) => name.startsWith('type')),
  );
}
