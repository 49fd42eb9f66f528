import { CommandError } from '../../command-error.js';
import { type Findings } from '../findings.js';
import { type Leaf, type Path, jsonataPath, leavesOf, nestedLeaves, parseObject } from '../leaves.js';
import { isNamed, isRandom, isUuid, plainName } from '../words.js';
import { type History, findHistory } from './history.js';

/** A request, and what is known about its question. */
export interface Asked {
  readonly document: unknown;
  readonly query: Readonly<Record<string, unknown>>;
  /** File and line of the command. */
  readonly at: string;
  /** The text of the question, if the user stated it. */
  readonly said: string | undefined;
}

/** Where a request contains the question and the previous messages. */
export interface Question {
  readonly text: string;
  readonly history: History | undefined;
  /** Whether the history includes the question. */
  readonly isWhole: boolean;
  /** Whether system messages have a field of their own. */
  readonly hasSystemField: boolean;
  /** Whether the field at a path contains the question. */
  isAt(path: Path): boolean;
}

/** Names of fields for a question, the likeliest first. */
const QUESTION_ORDER = [
  /^(?:question|query|userinput|userquery|userquestion|chatinput)$/,
  /^(?:prompt|utterance|ask|q|usermessage|inputtext|inputvalue)$/,
  /^(?:message|msg|content|text)$/,
  /./,
];

/** Finds the question in a request. @throws CommandError if there is none */
export function findQuestion(asked: Asked, findings: Findings): Question {
  const { document, query, at } = asked;
  const history = findHistory(document);
  const inHistory = (path: Path): boolean =>
    history !== undefined && history.path.every((step, index) => path[index] === step);
  const leaves = [...leavesOf(document).filter(({ path }) => !inHistory(path)), ...leavesOf(query)];
  const separate = separateQuestion(leaves, history, asked, findings);
  const last = history?.lastQuestion;
  if (separate === undefined && last === undefined)
    throw new CommandError(
      `${at}: no field of the request was recognised as the question; say it with --question TEXT, as the command has it`,
    );
  const isWhole = history?.endsWithUser === true && (separate === undefined || separate.value === last);
  const text = isWhole ? last! : String(separate?.value ?? last);
  const places = new Set(
    leaves.filter(({ value }) => value === text).map(({ path }) => JSON.stringify(path)),
  );
  if (separate !== undefined) places.add(JSON.stringify(separate.path));
  history?.report(findings);
  sayQuestion(separate, history, isWhole, findings);
  return {
    text,
    history,
    isWhole,
    hasSystemField: leaves.some(({ name, value }) => typeof value === 'string' && isNamed('system', name)),
    isAt: (path) => places.has(JSON.stringify(path)),
  };
}

function sayQuestion(
  separate: Leaf | undefined,
  history: History | undefined,
  isWhole: boolean,
  findings: Findings,
): void {
  if (isWhole)
    findings.sure(
      'request.body',
      `${history!.path.join('.') || 'the list'} holds the messages of the conversation`,
    );
  else if (history !== undefined && separate !== undefined)
    findings.sure(
      'request.body',
      `${jsonataPath(separate.path)} is the question, ${history.path.join('.')} the messages before it`,
    );
  else if (separate !== undefined)
    findings.sure(
      'request.body',
      `${jsonataPath(separate.path)} is the question, and there are no earlier messages: several are sent as one text`,
    );
}

function separateQuestion(
  leaves: readonly Leaf[],
  history: History | undefined,
  { said, at }: Asked,
  findings: Findings,
): Leaf | undefined {
  const texts = leaves
    .flatMap((leaf) => [leaf, ...nestedLeaves(leaf)])
    .filter(({ value }) => typeof value === 'string' && value !== '');
  if (said !== undefined) {
    const found = texts.find(({ value }) => value === said);
    if (found === undefined && history?.lastQuestion !== said)
      throw new CommandError(`${at}: no field of the request holds the text of --question`);
    return found;
  }
  const named = texts
    .filter(
      ({ name, value }) =>
        isNamed('question', name) && !isSetting(String(value)) && parseObject(value) === undefined,
    )
    .toSorted((a, b) => order(a) - order(b) || a.path.length - b.path.length);
  const [first, second] = named;
  if (first !== undefined) {
    if (second !== undefined && order(first) === order(second) && first.value !== second.value)
      findings.unsure(
        'request.body',
        `the question may be ${jsonataPath(first.path)} or ${jsonataPath(second.path)}; the first was taken (--question TEXT decides)`,
      );
    return first;
  }
  if (history?.lastQuestion !== undefined) return undefined;
  const natural = texts.filter(({ value, name }) => isNatural(String(value)) && !isNamed('system', name));
  if (natural.length === 0) return undefined;
  findings.unsure(
    'request.body',
    `${jsonataPath(natural[0]!.path)} was taken for the question, since it reads like one`,
  );
  return natural[0];
}

function order({ name }: Leaf): number {
  return QUESTION_ORDER.findIndex((names) => names.test(plainName(name)));
}

/** Whether a text is a setting, not something a person wrote. */
function isSetting(text: string): boolean {
  return (
    isUuid(text) ||
    isRandom(text) ||
    /^(?:text|json|markdown|true|false|chat|https?:\/\/\S+|[a-z]+\/[a-z]+)$/.test(text)
  );
}

function isNatural(text: string): boolean {
  return (
    /\p{L}\s+\p{L}/u.test(text) ||
    /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(text) ||
    /[?？!！]$/.test(text)
  );
}
