import { readFileSync } from 'node:fs';
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

  /** Targets of links. */
  get links(): readonly string[] {
    return [...this.prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
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

export const ENGLISH = new MarkdownDocument('README.md');
export const CHINESE = new MarkdownDocument('README.zh-CN.md');
export const QUICKSTART = new MarkdownDocument('QUICKSTART.md');
export const DOCUMENTS = [ENGLISH, CHINESE, QUICKSTART];

/** The provider that the README adds: a file that does not exist. */
export const EXAMPLE_FILE = 'src/providers/signed/signed.provider.ts';
