import { parseExactJson } from '../../../protocol/json.js';
import { type RecordedAnswer } from '../curl/recorded-answer.js';
import { type Findings } from '../findings.js';
import { type Leaf, type Path, jsonataPath, leavesOf } from '../leaves.js';
import { isNamed } from '../words.js';
import { type Envelope, readEnvelope, withMessage } from './envelope.js';
import { NEARLY, idOf, textScore, usageOf } from './parts.js';

export interface ReplyContext {
  readonly findings: Findings;
  readonly question: string;
  /** The text of the streamed reply to the same question, if it was recorded. */
  readonly streamedText: string | undefined;
  /** Further successes, such as those of an unfinished job. */
  readonly others?: readonly unknown[];
}

/** Learns to read a complete response. @returns the `response:` block */
export function learnReply(
  answer: RecordedAnswer,
  failure: RecordedAnswer | undefined,
  { findings, question, streamedText, others = [] }: ReplyContext,
): Record<string, unknown> {
  const document = answer.json;
  const texts = textsOf(document)
    .filter(({ value }) => value !== question)
    .map((text) => ({
      ...text,
      score: textScore(text.leaf, text.value) + (text.value === streamedText ? 100 : 0),
    }))
    .toSorted((a, b) => b.score - a.score);
  const [best, next] = texts;
  const reply: Record<string, unknown> = {};
  if (best === undefined || best.score < 0) {
    findings.unsure(
      'response.text',
      `${answer.file}: no text of a reply was found: $ stands for the whole response`,
    );
    return { text: '$string($)' };
  }
  reply['text'] = best.expression;
  if (best.value === streamedText)
    findings.sure('response.text', `${best.expression} is the text that the stream has, too`);
  else if (next !== undefined && best.score - next.score < NEARLY && next.value !== best.value)
    findings.unsure('response.text', `it may also be ${next.expression}`);
  else findings.sure('response.text', `${best.expression} is the text that looks like a reply`);
  const reasoning = leavesOf(document).find(
    ({ name, value }) => isNamed('reasoning', name) && typeof value === 'string' && value.length > 0,
  );
  if (reasoning !== undefined) {
    reply['reasoning'] = jsonataPath(reasoning.path);
    findings.sure('response.reasoning', `${jsonataPath(reasoning.path)}, by its name`);
  }
  const id = idOf(document);
  if (id !== undefined) reply['id'] = id;
  const usage = usageOf(document);
  if (usage !== undefined) {
    reply['usage'] = usage.fields;
    findings.sure('response.usage', Object.values(usage.fields).join(' and '));
  } else findings.sure('response.usage', 'the response counts no tokens, so the gateway does');
  return {
    ...reply,
    ...learnFailure('response', { goods: [document, ...others], bad: failure?.json }, findings),
  };
}

interface Text {
  readonly leaf: Leaf;
  readonly value: string;
  readonly expression: string;
}

/** The texts of a response; texts in the elements of one list count as one. */
function textsOf(document: unknown): Text[] {
  const leaves = leavesOf(document).filter(
    (leaf): leaf is Leaf & { value: string } => typeof leaf.value === 'string' && leaf.value !== '',
  );
  const found: Text[] = [];
  for (const leaf of leaves) {
    const nested = nestedTexts(leaf);
    if (nested.length > 0) {
      found.push(...nested);
      continue;
    }
    const list = leaf.path.findLastIndex((step) => typeof step === 'number');
    const twins = list < 0 ? [leaf] : leaves.filter(({ path }) => isTwin(path, leaf.path, list));
    if (twins.length < 2) found.push({ leaf, value: leaf.value, expression: jsonataPath(leaf.path) });
    else if (twins[0] === leaf) {
      const [before, after] = [leaf.path.slice(0, list), leaf.path.slice(list + 1)];
      // Elements that are texts are pieces of one text; elements that are objects are separate
      // messages.
      const separator = after.length === 0 ? '' : '\n';
      const all = after.length === 0 ? jsonataPath(before) : jsonataPath(after, `${jsonataPath(before)}`);
      found.push({
        leaf: { path: [...before, ...after], name: leaf.name, value: leaf.value },
        value: twins.map(({ value }) => value).join(separator),
        expression: separator === '' ? `$join(${all})` : `$join(${all}, "\\n")`,
      });
    }
  }
  return found;
}

/** The texts of JSON inside a text. */
function nestedTexts({ path, value }: Leaf): Text[] {
  const document =
    typeof value === 'string' && /^\s*[{[]/.test(value) ? parseExactJson(value.trim()) : undefined;
  if (typeof document !== 'object' || document === null) return [];
  return textsOf(document).map((text) => ({
    ...text,
    leaf: { ...text.leaf, path: [...path, ...text.leaf.path] },
    expression: `$json(${jsonataPath(path)}).${text.expression}`,
  }));
}

/** Whether two paths differ only in the list position at one place. */
function isTwin(path: Path, other: Path, at: number): boolean {
  return path.length === other.length && path.every((step, index) => index === at || step === other[index]);
}

/** What is known about failures of one kind of response. */
export interface FailureClues {
  /** Successes, the most complete first. */
  readonly goods: readonly unknown[];
  readonly bad: unknown;
  /** The parent of the fields, such as `data`. */
  readonly root?: string;
  /** The envelope of the complete response of the same service. */
  readonly like?: Envelope;
}

/** Learns how a failure appears under HTTP 200. @returns fields of the block, and the envelope */
export function learnFailure(
  key: string,
  { goods, bad, root = '', like }: FailureClues,
  findings: Findings,
): Record<string, unknown> {
  const own = readEnvelope(goods, bad, root);
  const isLike = own.flag !== undefined && own.flag.path.join('.') === like?.flag?.path.join('.');
  // Events of a stream often omit an empty message.
  const message =
    own.message ?? (isLike && like?.message !== undefined ? `${root}.${like.message}` : undefined);
  const envelope = withMessage(own, message);
  if (envelope.error === undefined) {
    findings.unsure(
      `${key}.error`,
      'no sign of success or failure was found: an HTTP status of 400 and more, and a field error, count as failures',
    );
    return {};
  }
  findings[envelope.isSure || (isLike && like?.isSure === true) ? 'sure' : 'unsure'](
    `${key}.error`,
    envelope.why,
  );
  return { error: envelope.error, ...(envelope.status !== undefined && { error_status: envelope.status }) };
}
