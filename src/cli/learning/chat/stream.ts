import { type RecordedAnswer } from '../curl/recorded-answer.js';
import { type Findings } from '../findings.js';
import { type Path, jsonataPath, jsonataValue, leavesOf, valueAt } from '../leaves.js';
import { isNamed } from '../words.js';
import { type Envelope, readEnvelope } from './envelope.js';
import { type Seen, commonPart, failedData, isText, seenEvents } from './events.js';
import { NEARLY, idOf, usageOf } from './parts.js';
import { learnFailure } from './reply.js';
import { LEAST_CUMULATIVE, TextEvents, isCumulative } from './text-events.js';

/** The findings about a stream. */
export interface LearnedStream {
  /** The `stream:` block. */
  readonly stream: Record<string, unknown>;
  /** The whole text of the stream. */
  readonly text: string;
}

/**
 * Learns to read a stream.
 * @param like the envelope of the complete response of the same service
 */
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
  readonly #events: TextEvents;
  /** The parent of an event's data in expressions. */
  readonly #root: string;

  constructor(
    private readonly answer: RecordedAnswer,
    private readonly failure: RecordedAnswer | undefined,
    question: string,
    private readonly findings: Findings,
    private readonly like: Envelope | undefined,
  ) {
    const events = seenEvents(answer).filter((event) => event['data'] !== '[DONE]');
    this.#events = new TextEvents(events, question);
    this.#root = answer.format === 'ndjson' ? '' : 'data';
  }

  read(): LearnedStream {
    const { findings } = this;
    const stream: Record<string, unknown> = { format: this.answer.format };
    findings.sure('stream.format', this.answer.format === 'sse' ? 'server-sent events' : 'lines of JSON');
    const texts = this.#events.candidates();
    const [best, next] = texts;
    if (best === undefined) {
      findings.unsure('stream.text', `${this.answer.file}: no text was found in the events`);
      return { stream: { ...stream, text: `${this.#root || '$'}` }, text: '' };
    }
    const values = best.events.map((event) => String(valueAt(event, best.path)));
    const isWhole = isCumulative(values);
    const condition = this.#events.conditionFor(best.path, best.events);
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

  #addReasoning(stream: Record<string, unknown>, events: readonly Seen[], path: Path): void {
    const found = this.#events.all
      .flatMap((event) => leavesOf(event))
      .find(({ name, value }) => isNamed('reasoning', name) && isText(value));
    if (found === undefined) {
      this.#addReasoningByKind(stream, path);
      return;
    }
    const own = this.#events.likeliestGroup(
      found.path,
      this.#events.all.filter((event) => isText(valueAt(event, found.path))),
    );
    const condition = this.#events.conditionFor(found.path, own.length > 0 ? own : events);
    stream['reasoning'] = guarded(condition, jsonataPath(found.path));
    this.findings.sure('stream.reasoning', `${jsonataPath(found.path)}, by its name`);
  }

  /** Finds events of a separate kind with their text at the same place. */
  #addReasoningByKind(stream: Record<string, unknown>, path: Path): void {
    for (const kind of this.#events.kinds) {
      const event = this.#events.all.find(
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
    const event = this.#events.all.findLast((one) => usageOf(one) !== undefined);
    const usage = event && usageOf(event);
    if (event === undefined || usage === undefined) {
      findings.sure('stream.usage', 'the stream counts no tokens, so the gateway does');
      return;
    }
    const others = this.#events.all.filter((one) => one !== event && valueAt(one, usage.path) !== undefined);
    const isLater = others.some((one) => valueAt(one, usage.path) === 0);
    const condition = isLater ? this.#events.distinction([event], others) : '';
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
    const data = this.#events.all.map((event) => (root === '' ? event : event['data']));
    const bad = this.failure === undefined ? undefined : failedData(this.failure, data);
    // A field that only some events have says nothing about the others.
    const common = commonPart(data);
    const kind = this.#events.kinds.find(({ path }) => path.length <= 2 && path.at(-1) !== 'object');
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
    const kind = this.#events.kinds.find(({ path }) => {
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

function guarded(condition: string, expression: string): string {
  return condition === '' ? expression : `${condition} ? ${expression}`;
}

function isReasoning(kind: unknown): boolean {
  return typeof kind === 'string' && isNamed('reasoning', kind);
}
