import { type JsonObject } from '../../../protocol/json.js';

const INSERT = /INSERT\s+INTO\s+(?:[`"]?\w+[`"]?\.)?[`"]?(\w+)[`"]?\s*(?:\(([^)]*)\)\s*)?VALUES\s*/giy;
const COPY = /COPY\s+(?:"?\w+"?\.)?"?(\w+)"?\s*\(([^)]*)\)\s+FROM\s+stdin;\r?\n/giy;
const CREATE = /CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:[`"]?\w+[`"]?\.)?[`"]?(\w+)[`"]?\s*\(/giy;
const KEYWORD = /^(?:PRIMARY|UNIQUE|KEY|CONSTRAINT|INDEX|FOREIGN|CHECK)\b/i;
/** Columns that hold texts even if they look like numbers; COPY writes both in the same way. */
const TEXTS: ReadonlySet<string> = new Set(
  'key name username models model_limits group base_url other tag remark test_model value'.split(' '),
);
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', 0: '\0', Z: '\u001a' };

/** Recognises a database dump by the statements that write its rows. */
export function isDump(text: string): boolean {
  return /^\s*(?:INSERT\s+INTO|COPY)\s/im.test(text);
}

/**
 * Reads the rows of some tables from an SQL dump of mysqldump, pg_dump (with COPY or INSERT) or
 * sqlite3's `.dump`.
 * @see https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2
 */
export function readDump(text: string, tables: readonly string[]): ReadonlyMap<string, JsonObject[]> {
  return new Dump(text, tables).read();
}

class Dump {
  readonly #columns = new Map<string, readonly string[]>();
  readonly #rows = new Map<string, JsonObject[]>();
  /**
   * Whether backslashes in texts are escapes: only in MySQL's dumps, which are recognised by their
   * engine clause or their title.
   */
  readonly #escapes: boolean;
  #at = 0;

  constructor(
    private readonly text: string,
    private readonly tables: readonly string[],
  ) {
    this.#escapes = /ENGINE=|^-- (?:MySQL|MariaDB) dump/m.test(text);
  }

  read(): ReadonlyMap<string, JsonObject[]> {
    // Statements begin at the start of a line. All other lines are skipped, and the contents of
    // texts are never taken for statements.
    for (; this.#at < this.text.length; this.#nextLine()) {
      const create = this.#match(CREATE);
      if (create !== undefined) {
        this.#columns.set(create[1]!, columnsIn(this.#parts()));
        continue;
      }
      const copy = this.#match(COPY);
      if (copy !== undefined) {
        this.#copyRows(copy[1]!, namesIn(copy[2]!));
        continue;
      }
      const insert = this.#match(INSERT);
      if (insert !== undefined)
        this.#insertRows(insert[1]!, insert[2] === undefined ? undefined : namesIn(insert[2]));
    }
    return this.#rows;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }

  #nextLine(): void {
    const end = this.text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.text.length : end + 1;
  }

  /** Reads `(…), (…);`. */
  #insertRows(table: string, named: readonly string[] | undefined): void {
    const columns = named ?? this.#columns.get(table);
    while (this.text[this.#at] === '(') {
      this.#at += 1;
      const values = this.#parts().map((part) => this.#valueOf(part));
      this.#add(table, columns, values);
      const separator = /\s*,\s*(?=\()/y;
      separator.lastIndex = this.#at;
      if (separator.exec(this.text) === null) return;
      this.#at = separator.lastIndex;
    }
  }

  /** Reads lines of tab-separated fields, up to a line `\.`. */
  #copyRows(table: string, columns: readonly string[]): void {
    while (this.#at < this.text.length) {
      const end = this.text.indexOf('\n', this.#at);
      const line = this.text.slice(this.#at, end < 0 ? undefined : end).replace(/\r$/, '');
      if (line === String.raw`\.` || end < 0) return;
      this.#add(
        table,
        columns,
        line.split('\t').map((field, index) => {
          if (field === String.raw`\N`) return null;
          return TEXTS.has(columns[index]!) ? unescaped(field) : scalar(unescaped(field));
        }),
      );
      this.#at = end + 1;
    }
  }

  #add(table: string, columns: readonly string[] | undefined, values: readonly unknown[]): void {
    if (!this.tables.includes(table)) return;
    if (columns?.length !== values.length)
      throw new Error(`the rows of ${table} have no columns: dump the table with its structure`);
    const row = Object.fromEntries(columns.map((name, index) => [name, values[index]]));
    this.#rows.set(table, [...(this.#rows.get(table) ?? []), row]);
  }

  /** The comma-separated parts up to the closing parenthesis, after which it stops. */
  #parts(): string[] {
    const parts: string[] = [];
    let start = this.#at;
    let depth = 0;
    for (; this.#at < this.text.length; this.#at += 1) {
      const char = this.text[this.#at]!;
      if (char === "'") this.#at = this.#endOfText(this.#at);
      else if (char === '(') depth += 1;
      else if ((char === ',' || char === ')') && depth === 0) {
        parts.push(this.text.slice(start, this.#at).trim());
        start = this.#at + 1;
        if (char === ')') break;
      } else if (char === ')') depth -= 1;
    }
    this.#at += 1;
    return parts;
  }

  /** The position of the quote that ends a text. */
  #endOfText(begin: number): number {
    for (let at = begin + 1; at < this.text.length; at += 1) {
      const char = this.text[at];
      if (char === '\\' && (this.#escapes || this.text[begin - 1] === 'E')) at += 1;
      else if (char === "'") {
        if (this.text[at + 1] !== "'") return at;
        at += 1;
      }
    }
    return this.text.length;
  }

  #valueOf(part: string): unknown {
    if (/^null$/i.test(part)) return null;
    const isEscaped = this.#escapes || part.startsWith('E');
    const quoted = /^E?'([\s\S]*)'(?:::[\w ]+)?$/.exec(part)?.[1]?.replaceAll("''", "'");
    if (quoted === undefined) return scalar(part);
    return isEscaped ? unescaped(quoted) : quoted;
  }
}

function namesIn(list: string): string[] {
  return list.split(',').map((name) => name.trim().replaceAll(/[`"]/g, ''));
}

function columnsIn(parts: readonly string[]): string[] {
  return parts.filter((part) => !KEYWORD.test(part)).map((part) => /^[`"]?([^\s`"]+)/.exec(part)?.[1] ?? '');
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([\s\S])/g, (_, char: string) => ESCAPES[char] ?? char);
}

/**
 * Converts a number or a boolean; a text that only looks like a number, such as a key of digits,
 * remains a text.
 */
function scalar(text: string): unknown {
  if (/^-?(?:0|[1-9]\d{0,14})(?:\.\d+)?$/.test(text)) return Number(text);
  if (/^(?:t|true)$/i.test(text)) return true;
  return /^(?:f|false)$/i.test(text) ? false : text;
}
