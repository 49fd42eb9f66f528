import { type RecordedAnswer, type RecordedEvent } from '../curl/recorded-answer.js';
import { type Path, jsonataPath, leavesOf, valueAt } from '../leaves.js';
import { isNamed } from '../words.js';

/** An event as expressions see it: `{ event, data }`, or a line. */
export type Seen = Record<string, unknown>;

/** A field whose value tells the kind of an event. */
export interface Kind {
  readonly path: Path;
  readonly expression: string;
}

const MOST_KINDS = 12;

/** The events of a response, as the expressions of a model see them. */
export function seenEvents({ format, events }: RecordedAnswer): Seen[] {
  return events.map(({ event, data }: RecordedEvent) =>
    format === 'ndjson' ? (data as Seen) : { ...(event !== undefined && { event }), data },
  );
}

/** Fields that tell the kind of an event: few different words, repeated. */
export function kindsOf(events: readonly Seen[]): Kind[] {
  const found: Kind[] = [];
  for (const { path } of events.flatMap((event) => leavesOf(event))) {
    const name = String(path.at(-1));
    if (!(isNamed('kind', name) || (path.length === 1 && name === 'event')) || path.length > 3) continue;
    if (found.some((kind) => samePath(kind.path, path))) continue;
    const values = events.map((event) => valueAt(event, path)).filter((value) => typeof value === 'string');
    const distinct = new Set(values);
    if (distinct.size < 2 && values.length === events.length) continue;
    if (distinct.size > MOST_KINDS || values.some((value) => /\s/.test(value) || value.length > 60)) continue;
    found.push({ path, expression: jsonataPath(path) });
  }
  return found.toSorted((a, b) => a.path.length - b.path.length);
}

/**
 * The fields of the first object among the data that all other objects have too; fields that
 * contain objects or lists are left out.
 */
export function commonPart(data: readonly unknown[]): unknown {
  const [first, ...others] = data.filter((one) => typeof one === 'object' && one !== null) as Record<
    string,
    unknown
  >[];
  if (first === undefined) return {};
  return Object.fromEntries(
    Object.entries(first).filter(
      ([name, value]) =>
        (typeof value !== 'object' || value === null) && others.every((other) => name in other),
    ),
  );
}

/**
 * The data of the event with which a failed stream ends, or of the response that replaces the
 * stream.
 * @returns the last of the good data if the failure has no data that is an object
 */
export function failedData(failure: RecordedAnswer, good: readonly unknown[]): unknown {
  if (failure.json !== undefined) return failure.json;
  const data = failure.events
    .map((event) => event.data)
    .filter((one) => typeof one === 'object' && one !== null);
  return data.at(-1) ?? good.at(-1);
}

/** Whether a value is a text with characters. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Whether two paths are the same. */
export function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && a.every((step, at) => step === b[at]);
}
