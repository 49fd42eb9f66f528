import { isJsonObject } from '../../../protocol/json.js';
import { type Findings } from '../findings.js';
import {
  type Leaf,
  type Path,
  isSamePlace,
  jsonataDocument,
  jsonataValue,
  leavesOf,
  valueAt,
} from '../leaves.js';
import {
  ASSISTANT_ROLES,
  SYSTEM_ROLES,
  USER_ROLES,
  counterpartOf,
  epochUnit,
  isNamed,
  isUuid,
  plainName,
} from '../words.js';
import { NEW_UUID } from './per-call.js';

/** A list of messages in a request. */
export interface History {
  readonly path: Path;
  /** The text of the last user message; undefined if there is none. */
  readonly lastQuestion: string | undefined;
  /** Whether the last message is the user's, so that the list may be the whole conversation. */
  readonly endsWithUser: boolean;
  /**
   * The JSONata expression that builds the list for a call.
   * @param messages the expression for the messages of the call, such as `messages`
   */
  expression(messages: string): string;
  /** Whether system messages have a role of their own in the list. */
  readonly hasSystem: boolean;
  /** Reports what was assumed about the list, once it is used. */
  report(findings: Findings): void;
}

const DEEPEST = 4;
const PAIRS: readonly (readonly [RegExp, RegExp])[] = [
  [
    /^(?:question|q|query|prompt|user|human|input|ask|request|usermessage)$/,
    /^(?:answer|a|response|reply|assistant|ai|bot|output|aimessage|botmessage|completion)$/,
  ],
];

/** Finds the messages of a conversation in a request. */
export function findHistory(body: unknown, path: Path = []): History | undefined {
  if (path.length > DEEPEST) return undefined;
  if (Array.isArray(body)) {
    const found = historyOf(body as unknown[], path);
    if (found !== undefined) return found;
  }
  if (typeof body !== 'object' || body === null) return undefined;
  for (const [name, value] of Object.entries(body as Record<string, unknown>)) {
    const found = findHistory(value, [...path, Array.isArray(body) ? Number(name) : name]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function historyOf(items: readonly unknown[], path: Path): History | undefined {
  if (items.length === 0) return undefined;
  if (items.every(isPairList)) return pairs(items as [string, string][], path, undefined);
  if (!items.every(isJsonObject)) return undefined;
  const roles = rolesOf(items);
  if (roles !== undefined) return byRole(items, roles, path);
  const names = pairNames(items);
  return names === undefined ? undefined : pairs(items, path, names);
}

function isPairList(item: unknown): boolean {
  return Array.isArray(item) && item.length === 2 && item.every((text) => typeof text === 'string');
}

function pairNames(items: readonly Record<string, unknown>[]): readonly [string, string] | undefined {
  const keys = Object.keys(items[0]!);
  for (const [asks, answers] of PAIRS) {
    const question = keys.find((key) => asks.test(plainName(key)));
    const answer = keys.find((key) => answers.test(plainName(key)));
    if (question !== undefined && answer !== undefined) return [question, answer];
  }
  return undefined;
}

/** A history of `["question", "answer"]` pairs, or of objects with a question and its answer. */
function pairs(items: readonly unknown[], path: Path, names: readonly [string, string] | undefined): History {
  const shape =
    names === undefined ? '[Q, A]' : `{ ${jsonataValue(names[0])}: Q, ${jsonataValue(names[1])}: A }`;
  const last = items.at(-1);
  const [asked, answered] = (names ?? [0, 1]).map((name) => valueAt(last, [name]));
  const isOpen = answered === '' || answered === null;
  return {
    path,
    lastQuestion: isOpen && typeof asked === 'string' ? asked : undefined,
    endsWithUser: isOpen,
    hasSystem: false,
    expression: (messages) => {
      const made = shape.replace('Q', '$text($m.content)').replace('A', '$text($list[$i + 1].content)');
      return `($list := ${messages}[]; $append([], $map($list, function($m, $i) { $m.role = "user" and $list[$i + 1].role = "assistant" ? ${made} })[]))`;
    },
    report: (findings) =>
      findings.unsure(
        'request.body',
        `${path.join('.')} holds pairs of a question and its answer: messages of the system and questions without an answer are left out of it`,
      ),
  };
}

interface Roles {
  readonly key: string;
  readonly user: string | undefined;
  readonly assistant: string | undefined;
  readonly system: string | undefined;
}

function rolesOf(items: readonly Record<string, unknown>[]): Roles | undefined {
  const isRole = (value: unknown): boolean =>
    typeof value === 'string' &&
    [USER_ROLES, ASSISTANT_ROLES, SYSTEM_ROLES].some((roles) => roles.test(value));
  const keys = Object.keys(items[0]!).filter((name) => items.every((item) => isRole(item[name])));
  const key = keys.toSorted((a, b) => roleRank(a) - roleRank(b))[0];
  if (key === undefined) return undefined;
  const find = (roles: RegExp): string | undefined =>
    items.map((item) => String(item[key])).find((role) => roles.test(role));
  return { key, user: find(USER_ROLES), assistant: find(ASSISTANT_ROLES), system: find(SYSTEM_ROLES) };
}

function roleRank(name: string): number {
  const at = ['role', 'who', 'obj', 'sender', 'speaker', 'author', 'from', 'type'].indexOf(
    name.toLowerCase(),
  );
  return at < 0 ? 99 : at;
}

function byRole(items: readonly Record<string, unknown>[], roles: Roles, path: Path): History | undefined {
  const users = items.filter((item) => USER_ROLES.test(String(item[roles.key])));
  const assistants = items.filter((item) => ASSISTANT_ROLES.test(String(item[roles.key])));
  const sample = users.at(-1) ?? items.at(-1)!;
  const content = contentOf(sample, roles.key);
  if (content === undefined) return undefined;
  const assumed: string[] = [];
  const hasKinds = Object.keys(sample).some(
    (name) =>
      name !== roles.key &&
      typeof sample[name] === 'string' &&
      counterpartOf(sample[name]) !== undefined &&
      !content.path.includes(name),
  );
  const role = roleExpression(roles, hasKinds, assumed);
  const template = jsonataDocument(sample, (at, value) => {
    if (at.length === 1 && at[0] === roles.key) return role;
    if (isSamePlace(at, content.path) && at.every((step, index) => step === content.path[index]))
      return '$text(content)';
    if (typeof value === 'object' && value !== null) return undefined;
    const other = assistants.length === 0 ? undefined : valueAt(assistants[0], at);
    if (
      assistants.length > 0 &&
      users.length > 0 &&
      other !== value &&
      other !== undefined &&
      !isPerMessage(String(at.at(-1)), value)
    )
      return `role = "assistant" ? ${jsonataValue(other)} : ${jsonataValue(value)}`;
    if (
      typeof value === 'string' &&
      assistants.length === 0 &&
      at.length === 1 &&
      counterpartOf(value) !== undefined &&
      isNamed('kind', String(at[0]))
    ) {
      const guess = counterpartOf(value)!;
      assumed.push(`${String(at[0])} of the assistant's messages was assumed to be "${guess}"`);
      return `role = "assistant" ? ${jsonataValue(guess)} : ${jsonataValue(value)}`;
    }
    return perMessage(String(at.at(-1)), value);
  });
  const last = items.at(-1)!;
  return {
    path,
    lastQuestion: users.length === 0 ? undefined : textAt(users.at(-1)!, content.path),
    endsWithUser: users.length > 0 && last === users.at(-1),
    hasSystem: roles.system !== undefined,
    expression: (messages) => `${messages}.${template}[]`,
    report: (findings) => {
      for (const says of assumed) findings.unsure('request.body', says);
    },
  };
}

function textAt(item: unknown, path: Path): string | undefined {
  const value = valueAt(item, path);
  return typeof value === 'string' ? value : undefined;
}

/** The text of a message: found by its name, otherwise the longest text. */
function contentOf(item: Record<string, unknown>, roleKey: string): Leaf | undefined {
  const texts = leavesOf(item).filter(({ path, value }) => typeof value === 'string' && path[0] !== roleKey);
  const named = texts.filter(
    ({ name }) => isNamed('question', name) || /^(?:said|words|value|data|markdown|parts)$/i.test(name),
  );
  const candidates = named.length > 0 ? named : texts;
  return candidates.toSorted(
    (a, b) => weight(b) - weight(a) || String(b.value).length - String(a.value).length,
  )[0];
}

function weight({ name }: Leaf): number {
  return /^(?:content|text|said)$/i.test(name) ? 1 : 0;
}

function roleExpression({ user, assistant, system }: Roles, hasKinds: boolean, assumed: string[]): string {
  const users = user ?? 'user';
  const assistants = assistant ?? counterpartOf(users) ?? 'assistant';
  if (assistant === undefined && users !== 'user')
    assumed.push(`the role of the assistant's messages was assumed to be ${jsonataValue(assistants)}`);
  if (users === 'user' && assistants === 'assistant' && !hasKinds) return 'role';
  const others = system === undefined ? '' : `role = "system" ? ${jsonataValue(system)} : `;
  return `role = "assistant" ? ${jsonataValue(assistants)} : ${others}${jsonataValue(users)}`;
}

/** Whether a value differs from message to message, such as an id. */
function isPerMessage(name: string, value: unknown): boolean {
  return isUuid(value) || (epochUnit(value) !== undefined && isNamed('time', name));
}

function perMessage(name: string, value: unknown): string | undefined {
  if (epochUnit(value) !== undefined && isNamed('time', name))
    return epochUnit(value) === 'seconds' ? '$floor($millis() / 1000)' : '$millis()';
  return isUuid(value) ? NEW_UUID : undefined;
}
