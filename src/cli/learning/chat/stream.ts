import { type RecordedAnswer } from '../curl/recorded-answer.js';
import { type Findings } from '../findings.js';
import {
  type Leaf,
  type Path,
  isSamePlace,
  jsonataPath,
  jsonataValue,
  leavesOf,
  valueAt,
} from '../leaves.js';
import { isNamed } from '../words.js';
import { NEARLY, idOf, textScore, usageOf } from './parts.js';
import {
  type Kind,
  type Seen,
  commonPart,
  failedData,
  isText,
  kindsOf,
  samePath,
  seenEvents,
} from './events.js';
import { type Envelope, readEnvelope } from './envelope.js';
import { learnFailure } from './reply.js';

/** What was learned from a stream. */
export interface LearnedStream {
  /** The `stream:` block. */
  readonly stream: Record<string, unknown>;
  /** The whole text that it brought. */
  readonly text: string;
}

const LEAST_CUMULATIVE = 3;

/** Learns how a stream is read. @param like the envelope of the complete response of the same service */
export function learnStream(
  answer: RecordedAnswer,
  failure: RecordedAnswer | undefined,
  question: string,
  findings: Findings,
  like?: Envelope,
): LearnedStream {
  if (answer.format === 'text') {
    findings.sure('stream.format', 'the stream is plain text');
    return { stream: { format: 'text' }, text: answer.text.trim() };
  }
  return new StreamReader(answer, failure, question, findings, like).read();
}

class StreamReader {
  readonly #events: Seen[];
  readonly #kinds: Kind[];
  /** Of the data of an event. */
  readonly #root: string;

  constructor(
    private readonly answer: RecordedAnswer,
    private readonly failure: RecordedAnswer | undefined,
    private readonly question: string,
    private readonly findings: Findings,
    private readonly like: Envelope | undefined,
  ) {
    this.#events = seenEvents(answer).filter((event) => event['data'] !== '[DONE]');
    this.#root = answer.format === 'ndjson' ? '' : 'data';
    this.#kinds = kindsOf(this.#events);
  }

  read(): LearnedStream {
    const { findings } = this;
    const stream: Record<string, unknown> = { format: this.answer.format };
    findings.sure('stream.format', this.answer.format === 'sse' ? 'server-sent events' : 'lines of JSON');
    const texts = this.#textPaths();
    const [best, next] = texts;
    if (best === undefined) {
      findings.unsure('stream.text', `${this.answer.file}: no text was found in the events`);
      return { stream: { ...stream, text: `${this.#root || '$'}` }, text: '' };
    }
    const values = best.events.map((event) => String(valueAt(event, best.path)));
    const isWhole = isCumulative(values);
    const condition = this.#conditionFor(best.path, best.events);
    stream['text'] = guarded(condition, jsonataPath(best.path));
    if (next !== undefined && best.score - next.score < NEARLY)
      findings.unsure(
        'stream.text',
        `${jsonataPath(best.path)} was taken; it may also be ${jsonataPath(next.path)}`,
      );
    else
      findings.sure(
        'stream.text',
        `${jsonataPath(best.path)} in ${best.events.length} events${condition === '' ? '' : `, those with ${condition}`}`,
      );
    if (isWhole) {
      stream['whole_text'] = true;
      findings.sure('stream.whole_text', 'each event repeats the text of the one before it');
    } else if (values.length < LEAST_CUMULATIVE)
      findings.unsure(
        'stream.whole_text',
        `too few events (${values.length}) to know whether each repeats the whole text: they were taken for pieces`,
      );
    this.#addReasoning(stream, best.events, best.path);
    const id = idOf(best.events[0]);
    if (id !== undefined) stream['id'] = id;
    this.#addUsage(stream);
    this.#addFailure(stream);
    this.#addDone(stream, best.events);
    return { stream, text: isWhole ? values.at(-1)! : values.join('') };
  }

  /** Fields with texts, the likeliest first, each with the events that bring a piece. */
  #textPaths(): { path: Path; events: Seen[]; score: number }[] {
    const paths: Path[] = [];
    for (const event of this.#events)
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
        const all = this.#events.filter((event) => isText(valueAt(event, path)));
        const events = this.#likeliestGroup(path, all);
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

  /** Of the events with this field, those of the kind that has most of them. */
  #likeliestGroup(path: Path, events: Seen[]): Seen[] {
    let best = events;
    for (const kind of this.#kinds) {
      if (samePath(kind.path, path)) continue;
      const groups = groupBy(best, (event) => valueAt(event, kind.path));
      best = [...groups.values()].toSorted((a, b) => b.length - a.length)[0] ?? best;
    }
    return best;
  }

  /** What the events of a piece have and others with the same field do not. */
  #conditionFor(path: Path, events: readonly Seen[]): string {
    const others = this.#events.filter((event) => !events.includes(event) && isText(valueAt(event, path)));
    return this.#distinction(events, others);
  }

  /** A condition that holds for some events and for none of the others; empty where none is needed. */
  #distinction(events: readonly Seen[], others: readonly Seen[]): string {
    const conditions: string[] = [];
    let rest = others;
    for (const { path, expression } of this.#kinds) {
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

  #addReasoning(stream: Record<string, unknown>, events: readonly Seen[], path: Path): void {
    const found = this.#events
      .flatMap((event) => leavesOf(event))
      .find(({ name, value }) => isNamed('reasoning', name) && isText(value));
    if (found === undefined) {
      this.#addReasoningByKind(stream, path);
      return;
    }
    const own = this.#likeliestGroup(
      found.path,
      this.#events.filter((event) => isText(valueAt(event, found.path))),
    );
    const condition = this.#conditionFor(found.path, own.length > 0 ? own : events);
    stream['reasoning'] = guarded(condition, jsonataPath(found.path));
    this.findings.sure('stream.reasoning', `${jsonataPath(found.path)}, by its name`);
  }

  /** Events of a kind of their own, with the text at the same place. */
  #addReasoningByKind(stream: Record<string, unknown>, path: Path): void {
    for (const kind of this.#kinds) {
      const event = this.#events.find(
        (one) => isReasoning(valueAt(one, kind.path)) && isText(valueAt(one, path)),
      );
      if (event === undefined) continue;
      const condition = `${kind.expression} = ${jsonataValue(valueAt(event, kind.path))}`;
      stream['reasoning'] = guarded(condition, jsonataPath(path));
      this.findings.sure('stream.reasoning', `${jsonataPath(path)} of events with ${condition}`);
      return;
    }
  }

  #addUsage(stream: Record<string, unknown>): void {
    const { findings } = this;
    const event = this.#events.findLast((one) => usageOf(one) !== undefined);
    const usage = event && usageOf(event);
    if (event === undefined || usage === undefined) {
      findings.sure('stream.usage', 'the stream counts no tokens, so the gateway does');
      return;
    }
    const others = this.#events.filter((one) => one !== event && valueAt(one, usage.path) !== undefined);
    const isLater = others.some((one) => valueAt(one, usage.path) === 0);
    const condition = isLater ? this.#distinction([event], others) : '';
    stream['usage'] =
      condition === ''
        ? usage.fields
        : `${condition} ? { ${Object.entries(usage.fields)
            .map(([name, path]) => `"${name}": ${path}`)
            .join(', ')} }`;
    findings.sure('stream.usage', Object.values(usage.fields).join(' and '));
  }

  #addFailure(stream: Record<string, unknown>): void {
    const { findings } = this;
    const root = this.#root;
    const data = this.#events.map((event) => (root === '' ? event : event['data']));
    const bad = this.failure === undefined ? undefined : failedData(this.failure, data);
    // A field that only some events have says nothing about the others.
    const common = commonPart(data);
    const kind = this.#kinds.find(({ path }) => path.length <= 2 && path.at(-1) !== 'object');
    const clues = { goods: [common], bad, root, ...(this.like !== undefined && { like: this.like }) };
    if (readEnvelope([common], bad, root).error !== undefined) {
      Object.assign(stream, learnFailure('stream', clues, findings));
    } else if (kind !== undefined && kind.expression !== 'event') {
      const words = ['message', 'msg', 'error', 'data']
        .map((name) => jsonataPath([name], root))
        .filter((path) => path !== kind.expression);
      stream['error'] =
        `${kind.expression} in ["error", "abort", "failed"] ? (${words.map((word) => `$type(${word}) = "string" ? ${word} : `).join('')}true)`;
      findings.unsure(
        'stream.error',
        `no failure was recorded: events with ${kind.expression} "error", "abort" or "failed" count as one`,
      );
    } else
      findings.unsure(
        'stream.error',
        'no failure was recorded: an event named error, and a field error, count as one',
      );
  }

  #addDone(stream: Record<string, unknown>, texts: readonly Seen[]): void {
    const { findings } = this;
    const all = seenEvents(this.answer);
    const last = all.at(-1)!;
    if (last['data'] === '[DONE]' && last['event'] === undefined) {
      findings.sure('stream.done', 'the stream ends with [DONE]');
      return;
    }
    const before = all.slice(0, -1);
    const flag = leavesOf(last).find(
      ({ path, name, value }) =>
        isNamed('finished', name) &&
        value !== false &&
        value !== null &&
        value !== 0 &&
        value !== '' &&
        before.every((event) => valueAt(event, path) !== value),
    );
    if (flag !== undefined) {
      stream['done'] =
        flag.value === true
          ? jsonataPath(flag.path)
          : `${jsonataPath(flag.path)} = ${jsonataValue(flag.value)}`;
      findings.sure(
        'stream.done',
        `${jsonataPath(flag.path)} is ${jsonataValue(flag.value)} in the last event alone`,
      );
      return;
    }
    const kind = this.#kinds.find(({ path }) => {
      const value = valueAt(last, path);
      return value !== undefined && before.every((event) => valueAt(event, path) !== value);
    });
    if (kind !== undefined && !texts.includes(last)) {
      stream['done'] = `${kind.expression} = ${jsonataValue(valueAt(last, kind.path))}`;
      findings.sure('stream.done', `the last event alone has ${stream['done'] as string}`);
      return;
    }
    findings.sure('stream.done', 'no event says that it is the last one: the stream ends with the body');
  }
}

function isCumulative(values: readonly string[]): boolean {
  if (values.length < LEAST_CUMULATIVE || values[0] === values.at(-1)) return false;
  return values.every((value, at) => at === 0 || value.startsWith(values[at - 1]!));
}

function guarded(condition: string, expression: string): string {
  return condition === '' ? expression : `${condition} ? ${expression}`;
}

function groupBy<T>(items: readonly T[], key: (item: T) => unknown): Map<unknown, T[]> {
  const groups = new Map<unknown, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

function isReasoning(kind: unknown): boolean {
  return typeof kind === 'string' && isNamed('reasoning', kind);
}
