import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');
const FENCE = /^```(\w+)\n(.*?)^```$/gms;

/** A fenced block of a document. */
export interface CodeBlock {
  readonly language: string;
  readonly code: string;
}

/** A document of the product, taken apart. */
export class MarkdownDocument {
  readonly text: string;
  readonly blocks: readonly CodeBlock[];
  /** The text without its fenced blocks. */
  readonly prose: string;

  /** @param name path below the root of the repository */
  constructor(readonly name: string) {
    this.text = readFileSync(join(ROOT, name), 'utf8');
    this.blocks = [...this.text.matchAll(FENCE)].map(([, language, code]) => ({
      language: language!,
      code: code!,
    }));
    this.prose = this.text.replaceAll(FENCE, '');
  }

  /** Level and title. */
  get headings(): readonly { readonly level: number; readonly title: string }[] {
    return [...this.prose.matchAll(/^(#+) (.+)$/gm)].map(([, marks, title]) => ({
      level: marks!.length,
      title: title!,
    }));
  }

  /** What `#…` can lead to, as GitHub generates it. */
  get anchors(): ReadonlySet<string> {
    const anchors = new Set<string>();
    for (const { title } of this.headings) {
      const slug = title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-');
      let anchor = slug;
      for (let again = 1; anchors.has(anchor); again += 1) anchor = `${slug}-${again}`;
      anchors.add(anchor);
    }
    return anchors;
  }

  /** Rows of cells, without the line of dashes. */
  get tables(): readonly (readonly string[][])[] {
    return [...this.prose.matchAll(/(?:^\|.*\n)+/gm)].map(([table]) =>
      table
        .trim()
        .split('\n')
        .filter((line) => !/^[|\s-]+$/.test(line) || !line.includes('---'))
        .map((line) =>
          line
            .slice(1, -1)
            .split(/(?<!\\)\|/)
            .map((cell) => cell.trim().replaceAll('\\|', '|')),
        ),
    );
  }

  /** The texts in `backticks`. */
  get inlineCode(): readonly string[] {
    return [...this.prose.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
  }

  /** Targets of links and pictures. */
  get links(): readonly string[] {
    return [
      ...[...this.prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!),
      ...[...this.prose.matchAll(/\b(?:src|srcset|href)="([^"]+)"/g)].map(([, target]) => target!),
    ];
  }

  /** Commands of the shell blocks, with continued lines joined. */
  get commands(): readonly string[] {
    return this.blocksOf('sh').flatMap(({ code }) => commandsOf(code));
  }

  /** Blocks in a language that contain a text. */
  blocksOf(language: string, text = ''): readonly CodeBlock[] {
    return this.blocks.filter((block) => block.language === language && block.code.includes(text));
  }

  /** The block that follows another. */
  after(block: CodeBlock): CodeBlock | undefined {
    return this.blocks[this.blocks.indexOf(block) + 1];
  }

  /** The rows below the head of the table that has a cell in its first column. */
  tableOf(cell: string): readonly (readonly string[])[] {
    const found = this.tables.find((rows) => rows.some(([first]) => first === cell));
    if (found === undefined) throw new Error(`${this.name} has no table with ${cell}`);
    return found.slice(1);
  }
}

/** The commands of a shell script without control structures; a quote may span lines. */
export function commandsOf(script: string): string[] {
  const joined = script.replaceAll(/\\\n\s*/g, ' ');
  return [...joined.matchAll(/(?:'[^']*'|"[^"]*"|[^'"\n])+/g)].map(([line]) => line.trim());
}

/** A command split as a shell would, without its comment. */
export function wordsOf(command: string): string[] {
  const words: string[] = [];
  for (const [word] of command.matchAll(/#.*$|(?:'[^']*'|"[^"]*"|[^\s'"])+/g)) {
    if (word.startsWith('#')) break;
    words.push(
      word.replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double!),
    );
  }
  return words;
}

/** The English pages below docs/. */
export const PAGES = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.md') && !/^(?:zh|\.vitepress)\//.test(file))
  .toSorted();

/** English and Chinese of one document. */
export type Translations = readonly [english: MarkdownDocument, chinese: MarkdownDocument];

/** @param page below docs/ and docs/zh/, such as `keys.md` */
export function bothOf(page: string): Translations {
  return [new MarkdownDocument(`docs/${page}`), new MarkdownDocument(`docs/zh/${page}`)];
}

export const README: Translations = [
  new MarkdownDocument('README.md'),
  new MarkdownDocument('README.zh-CN.md'),
];

/** README, and all pages of docs/, in both languages. */
export const TRANSLATIONS: readonly Translations[] = [README, ...PAGES.map(bothOf)];
export const DOCUMENTS = TRANSLATIONS.flat();

/** The provider that the page on the architecture adds: a file that does not exist. */
export const EXAMPLE_FILE = 'src/providers/signed/signed.provider.ts';
