import { type Leaf, type Path, isSamePlace, jsonataValue, leavesOf, valueAt } from '../leaves.js';
import { type Kind, type Seen, isText, kindsOf, samePath } from './events.js';
import { textScore } from './parts.js';

/** With fewer texts, it cannot be seen whether each repeats the previous one. */
export const LEAST_CUMULATIVE = 3;

/** A field that may hold the text of a stream. */
export interface TextCandidate {
  readonly path: Path;
  /** The events that contain a piece of the text. */
  readonly events: Seen[];
  readonly score: number;
}

/** The events of a stream: which of them contain the text, and how they differ from the others. */
export class TextEvents {
  /** Fields that tell the kind of an event. */
  readonly kinds: readonly Kind[];

  /** @param question the question in the command, which a service may repeat */
  constructor(
    readonly all: readonly Seen[],
    private readonly question: string,
  ) {
    this.kinds = kindsOf(all);
  }

  /** Fields with texts, the likeliest first. */
  candidates(): TextCandidate[] {
    const paths: Path[] = [];
    for (const event of this.all)
      for (const { path, value } of leavesOf(event))
        if (
          typeof value === 'string' &&
          value !== '' &&
          path[0] !== 'event' &&
          !paths.some((known) => isSamePlace(known, path) && samePath(known, path))
        )
          paths.push(path);
    return paths
      .map((path) => {
        const all = this.all.filter((event) => isText(valueAt(event, path)));
        const events = this.likeliestGroup(path, all);
        const values = events.map((event) => String(valueAt(event, path)));
        const distinct = new Set(values).size;
        const isWhole = isCumulative(values);
        const sample = isWhole ? values.at(-1)! : values.join('');
        const leaf: Leaf = {
          path,
          name: String(path.findLast((step) => typeof step === 'string') ?? ''),
          value: sample,
        };
        const isConstant = distinct === 1 && values.length > 2;
        const score =
          textScore(leaf, sample) +
          Math.min(30, distinct * 3) -
          (isConstant ? 200 : 0) -
          (sample === this.question ? 100 : 0);
        return { path, events, score };
      })
      .filter(({ events, score }) => events.length > 0 && score > 0)
      .toSorted((a, b) => b.score - a.score);
  }

  /** Of the events with this field, those of the most frequent kind. */
  likeliestGroup(path: Path, events: Seen[]): Seen[] {
    let best = events;
    for (const kind of this.kinds) {
      if (samePath(kind.path, path)) continue;
      const groups = groupBy(best, (event) => valueAt(event, kind.path));
      best = [...groups.values()].toSorted((a, b) => b.length - a.length)[0] ?? best;
    }
    return best;
  }

  /** A condition that holds for the events of a piece, but not for others with the same field. */
  conditionFor(path: Path, events: readonly Seen[]): string {
    const others = this.all.filter((event) => !events.includes(event) && isText(valueAt(event, path)));
    return this.distinction(events, others);
  }

  /** A condition that holds for some events and for none of the others; empty if none is needed. */
  distinction(events: readonly Seen[], others: readonly Seen[]): string {
    const conditions: string[] = [];
    let rest = others;
    for (const { path, expression } of this.kinds) {
      if (rest.length === 0) break;
      const value = valueAt(events[0], path);
      if (value === undefined || !events.every((event) => valueAt(event, path) === value)) continue;
      const left = rest.filter((event) => valueAt(event, path) === value);
      const tells = others.some((event) => valueAt(event, path) !== value);
      if (left.length === rest.length && !tells) continue;
      conditions.push(`${expression} = ${jsonataValue(value)}`);
      rest = left;
    }
    return conditions.join(' and ');
  }
}

/** Whether each text begins with the previous one. */
export function isCumulative(values: readonly string[]): boolean {
  if (values.length < LEAST_CUMULATIVE || values[0] === values.at(-1)) return false;
  return values.every((value, at) => at === 0 || value.startsWith(values[at - 1]!));
}

function groupBy<T>(items: readonly T[], key: (item: T) => unknown): Map<unknown, T[]> {
  const groups = new Map<unknown, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
