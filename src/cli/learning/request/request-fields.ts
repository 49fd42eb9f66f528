import { type CurlRequest } from '../curl/curl-request.js';
import { documentOf } from '../exchange.js';
import { type Findings } from '../findings.js';
import {
  type Leaf,
  jsonataDocument,
  jsonataPath,
  jsonataValue,
  nameOf,
  parseObject,
  valueAt,
} from '../leaves.js';
import { type Keeps } from '../login/keeps.js';
import { linkOf } from '../login/links.js';
import { NAMES, isNamed, isPlaceholder, isRandom, plainName } from '../words.js';
import { perCallValue } from './per-call.js';
import { type Question } from './question.js';

const QUESTION = '$text(messages[-1].content)';
/** For services that accept no history: all messages in one text. */
const TRANSCRIPT = `$count(messages) = 1
  ? $text(messages[0].content)
  : $join(messages.(role & ": " & $text(content)), "\\n\\n")`;
const SYSTEM = 'messages[role = "system"] ? $join(messages[role = "system"].$text(content), "\\n")';

/** The facts known before the fields are read. */
export interface FieldContext {
  readonly findings: Findings;
  /** The values from the login; undefined without a login. */
  readonly keeps: Keeps | undefined;
  readonly question: Question;
  readonly base: CurlRequest;
  /** The command that asks for a stream, if there is one beside the plain command. */
  readonly other: CurlRequest | undefined;
}

/** The meaning of each field of a request: its value, or the expression that computes it. */
export class RequestFields {
  readonly settings: Record<string, string> = {};
  /** The value of the first field that names the model. */
  modelName: string | undefined;

  constructor(private readonly context: FieldContext) {}

  /**
   * The expression for a field of the request.
   * @param streamed its value in the command that asks for a stream, if there is one
   */
  expression(leaf: Leaf, streamed: unknown): string {
    const { path, name, value } = leaf;
    const key = jsonataPath(path);
    const { findings, keeps } = this.context;
    if (this.context.question.isAt(path)) return this.#asked();
    const link =
      typeof value === 'string' || typeof value === 'number'
        ? keeps && linkOf(String(value), name, keeps.sources)
        : undefined;
    if (link !== undefined && link.before + link.after === '') {
      const kept = keeps!.keep(link.source);
      findings.hide(link.source.value);
      if (isNamed('conversation', name))
        findings.unsure(
          'request.body',
          `${key} is ${link.source.expression} of the login: all calls share one conversation until the next login`,
        );
      else findings.sure('request.body', `${key} is ${link.source.expression} of the login`);
      return `$login.${kept}`;
    }
    if (isNamed('model', name) && typeof value === 'string' && value !== '') {
      this.modelName ??= value;
      findings.sure('model_name', `${key} of the chat command`);
      return '$model';
    }
    if (isNamed('system', name) && typeof value === 'string') {
      findings.sure('request.body', `${key} holds the messages of the system`);
      return value === '' ? `${SYSTEM} : ""` : SYSTEM;
    }
    const made = perCallValue(
      leaf,
      this.context.other !== undefined && streamed !== undefined && streamed !== value,
      findings,
    );
    if (made !== undefined) return made;
    if (this.context.other !== undefined && streamed !== value && !(value === null && streamed === null)) {
      const plain =
        valueAt(documentOf(this.context.base), path) ??
        this.context.base.url.searchParams.get(name) ??
        undefined;
      findings.sure('request.body', `${key} differs between the commands with and without a stream`);
      if (typeof plain === 'boolean' && typeof streamed === 'boolean')
        return streamed ? '$stream' : '$not($stream)';
      if (streamed === undefined) return `$not($stream) ? ${jsonataValue(plain)}`;
      return `$stream ? ${jsonataValue(streamed)}${plain === undefined ? '' : ` : ${jsonataValue(plain)}`}`;
    }
    return this.#parameter(leaf) ?? jsonataValue(value);
  }

  #asked(): string {
    const { history, isWhole, hasSystemField } = this.context.question;
    if (history !== undefined) return isWhole ? QUESTION : QUESTION.replace('messages', '$turns');
    return hasSystemField ? TRANSCRIPT.replaceAll('messages', 'messages[role != "system"]') : TRANSCRIPT;
  }

  /** The expression for a parameter that clients set, a user id or a secret; undefined for anything else. */
  #parameter(leaf: Leaf): string | undefined {
    const { path, name, value } = leaf;
    const key = jsonataPath(path);
    for (const [field, names] of Object.entries(NAMES.sampling)) {
      if (!names.test(plainName(name)) || typeof value !== 'number') continue;
      this.context.findings.sure(
        'request.body',
        `${key} is ${field} of the client, or else that of the command`,
      );
      return `$exists(${field}) ? ${field} : ${jsonataValue(value)}`;
    }
    if (typeof value !== 'string' || value === '') return undefined;
    if (isNamed('user_of_chat', name)) {
      this.context.findings.sure(
        'request.body',
        `${key} is the user that the client names, or else that of the command`,
      );
      return `user ? user : ${jsonataValue(value)}`;
    }
    const nested = parseObject(value);
    if (nested !== undefined) return this.#nested(leaf, nested);
    if (isNamed('secret', name) || isRandom(value) || isPlaceholder(value)) {
      const hint = `field ${key} of the chat`;
      this.context.findings.sure(
        'settings',
        `${key} looks like a secret, or stands for one, so it became a setting`,
      );
      return this.setting(name, value, hint);
    }
    return undefined;
  }

  /** The expression for a text that contains JSON. */
  #nested({ path }: Leaf, document: unknown): string {
    const inner = jsonataDocument(document, (below, value) => {
      if (typeof value === 'object' && value !== null) return undefined;
      return this.expression({ path: [...path, ...below], name: nameOf(below), value } as Leaf, value);
    });
    return `$string(${inner})`;
  }

  /**
   * Turns a value into a setting.
   * @param word becomes the setting's name
   * @param hint describes the value
   * @returns the expression that reads the setting
   */
  setting(word: string, value: string, hint: string): string {
    const name = word.replaceAll(/\W+/g, '_').replace(/^(?=\d)/, 'v');
    this.settings[name] = this.context.findings.variable(name, hint, value);
    return `$settings.${name}`;
  }
}
