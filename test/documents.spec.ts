import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type CodeBlock,
  DOCUMENTS,
  EXAMPLE_FILE,
  MarkdownDocument,
  README,
  ROOT,
  TRANSLATIONS,
  bothOf,
} from './support/documents.js';

const OTHERS = [
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'bench/README.md',
  'deploy/README.md',
  'deploy/README.zh-CN.md',
].map((name) => new MarkdownDocument(name));

describe('the documents', () => {
  it.each([...DOCUMENTS, ...OTHERS])('$name leads to files and headings that exist', (document) => {
    const wrong: string[] = [];
    for (const link of document.links.filter((each) => !/^(?:https?|mailto):/.test(each))) {
      const [file, anchor] = decodeURIComponent(link).split('#', 2) as [string, string?];
      const target = file === '' ? document.name : join(document.name, '..', file);
      if (!existsSync(join(ROOT, target))) wrong.push(link);
      else if (anchor !== undefined && !new MarkdownDocument(target).anchors.has(anchor)) wrong.push(link);
    }
    expect(wrong).toEqual([]);
  });

  it.each([...DOCUMENTS, ...OTHERS])(
    '$name names npm scripts and files that exist',
    ({ text, inlineCode }) => {
      const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
        scripts: Record<string, string>;
      };
      const named = [...text.matchAll(/\bnpm (?:run (?:--\w+ )*([\w:]+)|(start|test)\b)/g)].map(
        (match) => match[1] ?? match[2]!,
      );
      expect(named.filter((script) => !(script in scripts))).toEqual([]);
      const files = inlineCode.flatMap(
        (code) =>
          code.match(/(?<![\w/.-])(?:src|test|examples|config|bench|deploy|docs)\/[\w./-]+\*?/g) ?? [],
      );
      // A pattern ends at its star, and NAME stands for any file: then the folder must exist.
      const missing = files
        .map((path) => path.replace(/(?:[\w.-]*\*|[A-Z]+)$/, '').replace(/\.$/, ''))
        .filter((path) => path !== EXAMPLE_FILE && !existsSync(join(ROOT, path)));
      expect(missing).toEqual([]);
    },
  );

  it.each(DOCUMENTS)('$name answers one question on a few screens', ({ name, text }) => {
    expect(text.split('\n').length).toBeLessThan(name.startsWith('README') ? 181 : 250);
    expect(text.match(/^# /gm)!.length).toBeGreaterThanOrEqual(1);
  });

  it('are all in the index of README, or of the page that their folder is named after', () => {
    for (const [language, readme] of README.entries()) {
      const documents = TRANSLATIONS.map((pair) => pair[language]!);
      const linksOf = ({ name, links }: MarkdownDocument) =>
        links.map((link) => join(name, '..', link.replace(/#.*/, '')));
      const listed = new Set(linksOf(readme));
      for (const document of documents) {
        const folder = `${document.name.replace(/\.md$/, '')}/`;
        if (!listed.has(document.name)) continue;
        for (const link of linksOf(document)) if (link.startsWith(folder)) listed.add(link);
      }
      const pages = documents.slice(1).map(({ name }) => name);
      expect(pages.filter((page) => !listed.has(page) && basename(page) !== 'index.md')).toEqual([]);
    }
  });
});

const NAMED = TRANSLATIONS.map(([english, chinese]) => [english.name, english, chinese] as const);

describe('the two languages', () => {
  const withoutComments = ({ language, code }: CodeBlock) =>
    `${language}\n${code.replaceAll(/ *# (?!\d{3}$).*$/gm, '')}`;
  const shape = ({ tables }: MarkdownDocument) => tables.map((rows) => rows.map((row) => row.length));
  const levels = ({ headings }: MarkdownDocument) => headings.map(({ level }) => level);
  /** Where a document leads to, in English. */
  const places = (document: MarkdownDocument) =>
    document.links
      .filter((link) => !/^https?:/.test(link))
      .map((link) => decodeURIComponent(link).replace(/#.*/, ''))
      .filter((file) => file !== '')
      .map((file) => join(document.name, '..', file))
      .map((path) => path.replace('.zh-CN.md', '.md').replace(/^docs\/zh\//, 'docs/'))
      .toSorted();

  it.each(NAMED)('%s and its translation have the same headings, tables and code', (_, english, chinese) => {
    expect(levels(chinese)).toEqual(levels(english));
    expect(shape(chinese)).toEqual(shape(english));
    expect(chinese.blocks.map(withoutComments)).toEqual(english.blocks.map(withoutComments));
  });

  it.each(NAMED)('%s and its translation lead to the same places', (_, english, chinese) => {
    expect(places(chinese)).toEqual(places(english));
  });
});

describe('the blocks of the documents', () => {
  /** Programs of shell blocks that no test runs, and why. All other lines are run or parsed. */
  const NOT_RUN: Readonly<Record<string, string>> = {
    docker: 'needs an engine',
    kubectl: 'needs a cluster',
    helm: 'needs a cluster; what it would send is tested in test/deploy/helm.spec.ts',
    useradd: 'changes the machine',
    systemctl: 'changes the machine',
    install: 'changes the machine',
    git: 'needs the address of a repository',
    claude: 'is another program; its settings are tried with the agent itself',
    cd: 'prepares the next line',
    cp: 'prepares the next line',
    mkdir: 'prepares the next line',
    export: 'settings of Claude Code, tried with the agent itself',
    node: 'the service of the tutorial, started by documents-calls.spec.ts',
    npm: 'its scripts are checked above',
  };
  /** Text that is no output: each with what checks it. */
  const isOtherText = (code: string): boolean =>
    /^src\/|^config\/models\.yaml {3}#/m.test(code) || // folders: below
    code.startsWith('client, POST /v1/chat/completions') || // the way of a call: a picture
    code.startsWith('cli   ') || // the layers of the folders: in architecture.spec.ts
    code.startsWith('# yaml-language-server: $schema=') || // below
    code.includes('postrotate'); // a file of logrotate

  it('are of kinds that a test runs or checks', () => {
    for (const document of DOCUMENTS) {
      const { name, blocks, text } = document;
      expect([name, text.match(/^ *(?:```|~~~)/gm)?.length ?? 0]).toEqual([name, blocks.length * 2]);
      const known = ['sh', 'text', 'yaml', 'json', 'js', 'python', 'ts', 'toml', 'nginx'];
      expect(blocks.map(({ language }) => language).filter((each) => !known.includes(each))).toEqual([]);
    }
  });

  it('of shells call programs that tests run, or that are named here', () => {
    const programs = DOCUMENTS.flatMap(({ commands }) => commands)
      .filter((command) => !command.startsWith('#'))
      .map((command) => command.split(/\s/, 1)[0]!);
    const unknown = programs.filter((program) => !(program in NOT_RUN) && !['curl', 'npx'].includes(program));
    expect([...new Set(unknown)]).toEqual([]);
    expect(Object.keys(NOT_RUN).filter((program) => !programs.includes(program))).toEqual([]);
  });

  it('of text follow what they are the output of, or are checked on their own', () => {
    let count = 0;
    for (const { name, blocks } of DOCUMENTS) {
      for (const [index, { language, code }] of blocks.entries()) {
        if (language !== 'text' || isOtherText(code)) continue;
        count++;
        expect([name, code.slice(0, 60), ['sh', 'yaml']]).toEqual([
          name,
          code.slice(0, 60),
          expect.arrayContaining([blocks[index - 1]?.language]),
        ]);
      }
    }
    expect(count).toBeGreaterThan(0);
  });

  it('of JSON are lines that the log has', () => {
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
      .map((file) => readFileSync(join(ROOT, 'src', file), 'utf8'))
      .join('\n');
    const lines = DOCUMENTS.flatMap((document) => document.blocksOf('json'));
    expect(lines.length).toBeGreaterThan(0);
    for (const { code } of lines) {
      const { message, level } = JSON.parse(code) as { message: string; level: string };
      expect(level).toMatch(/^(?:debug|info|warn|error)$/);
      expect(sources).toContain(`'${message}'`);
    }
  });

  it('name the folders of the source, all of them', () => {
    for (const document of bothOf('architecture.md')) {
      const [{ code }] = document.blocksOf('text', 'src/config/') as [CodeBlock];
      const named = code
        .split('\n')
        .filter((line) => line.startsWith('src/'))
        .flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/))
        .map((folder) => folder.replace(/^src\//, '').replace(/\/$/, ''));
      const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name);
      expect(named.toSorted()).toEqual(folders.toSorted());
    }
  });

  it('show the first line of a configuration as it is', () => {
    for (const document of bothOf('configuration.md')) {
      const [{ code }] = document.blocksOf('text', 'yaml-language-server') as [CodeBlock];
      expect(readFileSync(join(ROOT, 'config/models.yaml'), 'utf8').startsWith(code)).toBe(true);
    }
  });
});

describe('the examples of configurations', () => {
  it('are all in the tables and sentences of the pages', () => {
    const examples = readdirSync(join(ROOT, 'config/examples')).map((file) => `config/examples/${file}`);
    for (const language of [0, 1] as const) {
      const linked = new Set(
        ['in-house.md', 'models.md']
          .map((page) => bothOf(page)[language])
          .flatMap((page) => page.links.map((link) => join(page.name, '..', link))),
      );
      expect(examples.filter((example) => !linked.has(example))).toEqual([]);
    }
  });
});

it('README has figures that the page of benchmarks shows', () => {
  for (const [language, readme] of README.entries()) {
    const [line] = readme.text.split('\n').filter((each) => each.includes('benchmarks.md'));
    const figures = line!.match(/\d+ (?:%|[KM]B)/g)!;
    const cells = bothOf('benchmarks.md')[language]!.tables.flat(2);
    expect(figures).toHaveLength(2);
    expect(figures.filter((figure) => !cells.includes(figure))).toEqual([]);
  }
});
