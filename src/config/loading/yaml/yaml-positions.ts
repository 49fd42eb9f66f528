import {
  type Event,
  EVENT_ID,
  getScalarValue,
  type MappingEvent,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
} from 'js-yaml';
import { type YamlPath } from './yaml-path.js';

/** The position of a value; for a mapping entry, of its key. -1: the parser does not report it. */
interface Position {
  readonly offset: number;
  readonly children?: ReadonlyMap<string | number, Position>;
  /** The text of an unquoted scalar, as written. */
  readonly text?: string;
}

/** A fault at which the parser would stop, or which it would silently accept. */
export interface YamlFault {
  readonly offset: number;
  readonly path: YamlPath;
  readonly message: string;
  /** The document cannot be read at all. */
  readonly isFatal: boolean;
}

/** Counted from 1; the column in UTF-16 code units. */
export interface YamlPlace {
  readonly line: number;
  readonly column: number;
}

const NOWHERE: Position = { offset: -1 };

/**
 * Finds the line of every value in a YAML document from the parser's events, following aliases and merge keys.
 * Also finds all faults at once, where the constructor would stop at the first.
 */
export class YamlPositions {
  readonly faults: YamlFault[] = [];
  readonly #source: string;
  readonly #events: readonly Event[];
  readonly #lineStarts: readonly number[];
  readonly #anchors = new Map<string, Position | 'open'>();
  readonly #path: (string | number)[] = [];
  readonly #root: Position;
  #next: number;

  constructor(source: string, events: readonly Event[]) {
    this.#source = source;
    this.#events = events;
    this.#lineStarts = [0, ...Array.from(source.matchAll(/\r\n?|\n/g), (end) => end.index + end[0].length)];
    this.#next = events.findIndex((event) => event.type === EVENT_ID.DOCUMENT) + 1;
    this.#root = this.#read();
  }

  /** Line of the value at `path`, or of its nearest ancestor that has one; counted from 1. */
  lineAt(path: YamlPath): number {
    return this.placeAt(path).line;
  }

  /** Line and column of the value at `path`, or of its nearest ancestor that has them; counted from 1. */
  placeAt(path: YamlPath): YamlPlace {
    let position: Position | undefined = this.#root;
    let offset = Math.max(position.offset, 0);
    for (const part of path) {
      position = position.children?.get(part);
      if (position === undefined) break;
      if (position.offset >= 0) offset = position.offset;
    }
    return this.placeOf(offset);
  }

  /**
   * The unquoted scalar at exactly this path, as written; undefined for quoted scalars and for
   * collections.
   */
  plainTextAt(path: YamlPath): string | undefined {
    let position: Position | undefined = this.#root;
    for (const part of path) position = position?.children?.get(part);
    return position?.text;
  }

  /** Line of an offset in the source; counted from 1. */
  lineOf(offset: number): number {
    return this.placeOf(offset).line;
  }

  /** Line and column of an offset in the source; counted from 1. */
  placeOf(offset: number): YamlPlace {
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (this.#lineStarts[low] ?? 0) + 1 };
  }

  #read(): Position {
    const event = this.#events[this.#next++];
    if (event === undefined || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT)
      return NOWHERE;
    if (event.type === EVENT_ID.ALIAS) return this.#follow(event.anchorStart, event.anchorEnd);
    const anchor = event.anchorStart < 0 ? undefined : this.#source.slice(event.anchorStart, event.anchorEnd);
    if (anchor !== undefined) this.#anchors.set(anchor, 'open');
    const position = event.type === EVENT_ID.SCALAR ? this.#readScalar(event) : this.#readCollection(event);
    if (anchor !== undefined) this.#anchors.set(anchor, position);
    return position;
  }

  #readScalar(event: ScalarEvent): Position {
    const { valueStart: start, style } = event;
    if (style === SCALAR_STYLE.PLAIN) return { offset: start, text: getScalarValue(this.#source, event) };
    const isQuoted = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
    return { offset: isQuoted ? start - 1 : start };
  }

  #readCollection(event: SequenceEvent | MappingEvent): Position {
    if (event.type === EVENT_ID.MAPPING) return { offset: event.start, children: this.#readEntries() };
    const children = new Map<number, Position>();
    while (!this.#isAtEnd()) children.set(children.size, this.#readAt(children.size));
    this.#next++;
    return { offset: event.start, children };
  }

  #readEntries(): Map<string | number, Position> {
    const entries = new Map<string | number, Position>();
    const merged: Position[] = [];
    while (!this.#isAtEnd()) {
      const event = this.#events[this.#next];
      const key = event?.type === EVENT_ID.SCALAR ? getScalarValue(this.#source, event) : undefined;
      const { offset } = this.#read();
      const first = key === undefined ? undefined : entries.get(key);
      if (key !== undefined && first !== undefined) {
        const line = this.lineOf(first.offset);
        this.#fault(offset, `duplicate key, first used in line ${line}, expected it once`, [
          ...this.#path,
          key,
        ]);
      }
      const { children, text } = this.#readAt(key ?? '?');
      if (key === '<<') merged.push({ offset, children });
      else if (key !== undefined) entries.set(key, { offset, children, text });
    }
    this.#next++;
    for (const source of merged) inherit(entries, source);
    return entries;
  }

  #readAt(key: string | number): Position {
    this.#path.push(key);
    const position = this.#read();
    this.#path.pop();
    return position;
  }

  #follow(start: number, end: number): Position {
    const target = this.#anchors.get(this.#source.slice(start, end));
    if (target !== undefined && target !== 'open') return { ...target, offset: start };
    // The messages do not show the name: it may be a password that begins with an asterisk.
    const message =
      target === 'open'
        ? 'this YAML alias refers to the value that contains it, expected an earlier one'
        : 'a value that begins with * is a YAML alias, but no anchor has this name; expected quotes around it';
    this.#fault(start, message, [...this.#path], true);
    return { offset: start };
  }

  #fault(offset: number, message: string, path: YamlPath, isFatal = false): void {
    this.faults.push({ offset, message, path, isFatal });
  }

  #isAtEnd(): boolean {
    const event = this.#events[this.#next];
    return event === undefined || event.type === EVENT_ID.POP;
  }
}

/** Adds the entries of a merge key that are not set yet; in a list of sources, the first wins. */
function inherit(entries: Map<string | number, Position>, source: Position): void {
  for (const [key, position] of source.children ?? []) {
    if (typeof key === 'number') inherit(entries, position);
    else if (!entries.has(key)) entries.set(key, position);
  }
}
