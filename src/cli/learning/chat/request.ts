import { type CurlRequest } from '../curl/curl-command.js';
import { CommandError } from '../../command-error.js';
import { parseExactJson, isJsonObject } from '../../../protocol/json.js';
import { type Findings } from '../findings.js';
import {
  type Leaf,
  type Path,
  jsonataDocument,
  jsonataPath,
  jsonataValue,
  leavesOf,
  nameOf,
  valueAt,
} from '../leaves.js';
import { type Keeps } from '../login/keeps.js';
import { linkOf } from '../login/links.js';
import { NAMES, epochUnit, isNamed, isPlaceholder, isRandom, isUuid, plainName } from '../words.js';
import { type History, NEW_UUID, findHistory } from './history.js';

/** The chat commands: one, or the same call with and without a stream. */
export interface ChatCommands {
  readonly plain: CurlRequest | undefined;
  readonly streamed: CurlRequest | undefined;
}

export interface RequestContext {
  readonly findings: Findings;
  /** What the login brought; undefined without a login. */
  readonly keeps: Keeps | undefined;
  readonly explained: ReadonlySet<string>;
  /** The text that the commands ask, where the user said it. */
  readonly question: string | undefined;
}

/** What was learned from the chat commands. */
export interface LearnedRequest {
  /** The `request:` block. */
  readonly request: Record<string, unknown>;
  readonly settings: Record<string, string>;
  readonly modelName: string | undefined;
  /** The text that the commands ask. */
  readonly question: string;
}

const FORM = 'application/x-www-form-urlencoded';
const QUESTION = '$text(messages[-1].content)';
/** Services that keep no history of the client's: one text of all messages. */
const TRANSCRIPT = `$count(messages) = 1
  ? $text(messages[0].content)
  : $join(messages.(role & ": " & $text(content)), "\\n\\n")`;
const SYSTEM = 'messages[role = "system"] ? $join(messages[role = "system"].$text(content), "\\n")';
/** Questions by the names of their fields, the likeliest first. */
const QUESTION_ORDER = [
  /^(?:question|query|userinput|userquery|userquestion|chatinput)$/,
  /^(?:prompt|utterance|ask|q|usermessage|inputtext|inputvalue)$/,
  /^(?:message|msg|content|text)$/,
  /./,
];

/** Learns how the request of a chat is built. */
export function learnRequest(commands: ChatCommands, context: RequestContext): LearnedRequest {
  return new RequestReader(commands, context).read();
}

class RequestReader {
  readonly #base: CurlRequest;
  readonly #other: CurlRequest | undefined;
  readonly #settings: Record<string, string> = {};
  readonly #findings: Findings;
  #modelName: string | undefined;
  #history: History | undefined;
  #questions = new Set<string>();
  #question = '';
  #isWhole = false;
  #hasSystemField = false;

  constructor(
    { plain, streamed }: ChatCommands,
    private readonly context: RequestContext,
  ) {
    this.#base = plain ?? streamed!;
    this.#other = plain === undefined ? undefined : streamed;
    this.#findings = context.findings;
  }

  read(): LearnedRequest {
    const { method } = this.#base;
    if (!['GET', 'POST'].includes(method))
      this.#findings.unsure('request.method', `${this.#base.at}: models send POST or GET, not ${method}`);
    const document = merged(documentOf(this.#base), this.#other && documentOf(this.#other));
    const query = merged(
      Object.fromEntries(this.#base.url.searchParams),
      this.#other && Object.fromEntries(this.#other.url.searchParams),
    ) as Record<string, unknown>;
    this.#findQuestion(document, query);
    const fields: Record<string, unknown> = { path: this.#path() };
    if (method === 'GET') fields['method'] = 'GET';
    const parameters = this.#parameters(query);
    if (Object.keys(parameters).length > 0) fields['query'] = parameters;
    if (document !== undefined && method !== 'GET') fields['body'] = this.#body(document);
    if (this.#base.body?.kind === 'form') fields['content_type'] = FORM;
    if (this.#base.isUntypedJson)
      this.#findings.unsure(
        'request.body',
        'the command sends JSON without saying so: it is sent as application/json',
      );
    return {
      request: fields,
      settings: this.#settings,
      modelName: this.#modelName,
      question: this.#question,
    };
  }

  #findQuestion(document: unknown, query: Record<string, unknown>): void {
    this.#history = findHistory(document);
    const inHistory = (path: Path): boolean =>
      this.#history !== undefined && this.#history.path.every((step, at) => path[at] === step);
    const leaves = [...leavesOf(document).filter(({ path }) => !inHistory(path)), ...leavesOf(query)];
    this.#hasSystemField = leaves.some(
      ({ name, value }) => typeof value === 'string' && isNamed('system', name),
    );
    const separate = this.#separateQuestion(leaves);
    const last = this.#history?.lastQuestion;
    if (separate === undefined && last === undefined)
      throw new CommandError(
        `${this.#base.at}: no field of the request was recognised as the question; say it with --question TEXT, as the command has it`,
      );
    this.#isWhole =
      this.#history?.endsWithUser === true && (separate === undefined || separate.value === last);
    this.#question = this.#isWhole ? last! : String(separate?.value ?? last);
    if (separate !== undefined) this.#questions.add(keyOf(separate.path));
    for (const { path, value } of leaves) if (value === this.#question) this.#questions.add(keyOf(path));
    this.#history?.report(this.#findings);
    this.#sayQuestion(separate);
  }

  #sayQuestion(separate: Leaf | undefined): void {
    if (this.#isWhole)
      this.#findings.sure(
        'request.body',
        `${this.#history!.path.join('.') || 'the list'} holds the messages of the conversation`,
      );
    else if (this.#history !== undefined && separate !== undefined)
      this.#findings.sure(
        'request.body',
        `${jsonataPath(separate.path)} is the question, ${this.#history.path.join('.')} the messages before it`,
      );
    else if (separate !== undefined)
      this.#findings.sure(
        'request.body',
        `${jsonataPath(separate.path)} is the question, and there are no earlier messages: several are sent as one text`,
      );
  }

  #separateQuestion(leaves: readonly Leaf[]): Leaf | undefined {
    const { question } = this.context;
    const texts = leaves
      .flatMap((leaf) => [leaf, ...nestedLeaves(leaf)])
      .filter(({ value }) => typeof value === 'string' && value !== '');
    if (question !== undefined) {
      const said = texts.find(({ value }) => value === question);
      if (said === undefined && this.#history?.lastQuestion !== question)
        throw new CommandError(`${this.#base.at}: no field of the request holds the text of --question`);
      return said;
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
        this.#findings.unsure(
          'request.body',
          `the question may be ${jsonataPath(first.path)} or ${jsonataPath(second.path)}; the first was taken (--question TEXT decides)`,
        );
      return first;
    }
    if (this.#history?.lastQuestion !== undefined) return undefined;
    const natural = texts.filter(({ value, name }) => isNatural(String(value)) && !isNamed('system', name));
    if (natural.length === 0) return undefined;
    this.#findings.unsure(
      'request.body',
      `${jsonataPath(natural[0]!.path)} was taken for the question, since it reads like one`,
    );
    return natural[0];
  }

  #path(): string {
    const parts = this.#base.url.pathname.split('/');
    const others = this.#other?.url.pathname.split('/');
    if (others !== undefined && others.length !== parts.length) {
      this.#findings.unsure(
        'request.path',
        'the stream has a path of another depth, which one template cannot express',
      );
      return this.#base.url.pathname;
    }
    return parts
      .map((segment, at) => {
        const text = decodeURIComponent(segment);
        if (text === '') return segment;
        const other = others?.[at];
        if (other !== undefined && other !== segment) {
          this.#findings.sure('request.path', 'the commands with and without a stream have different paths');
          return `{$stream ? ${jsonataValue(decodeURIComponent(other))} : ${jsonataValue(text)}}`;
        }
        const link = this.context.keeps && linkOf(text, 'id', this.context.keeps.sources);
        if (link !== undefined && link !== null && link.before + link.after === '') {
          this.#findings.unsure(
            'request.path',
            `${link.source.expression} of the login is a part of the path: all calls share it`,
          );
          return `{$login.${this.context.keeps!.keep(link.source)}}`;
        }
        if (isRandom(text)) {
          this.#findings.sure('settings', `a part of the path looks like a secret, so it became a setting`);
          return `{${this.#setting(parts[at - 1] === undefined || parts[at - 1] === '' ? 'path' : parts[at - 1]!, text, 'a part of the path')}}`;
        }
        return segment.replaceAll(/[{}]/g, encodeURIComponent);
      })
      .join('/');
  }

  #parameters(query: Record<string, unknown>): Record<string, string> {
    const found: Record<string, string> = {};
    for (const [name, value] of Object.entries(query)) {
      if (this.context.explained.has(`query ${name}`)) continue;
      found[name] = this.#expression(
        { path: [name], name, value: value as string },
        this.#other?.url.searchParams.get(name) ?? undefined,
      );
    }
    return found;
  }

  #body(document: unknown): string {
    const other = this.#other && documentOf(this.#other);
    const filtered = this.#hasSystemField ? 'messages[role != "system"]' : 'messages';
    const earlier = '$filter($turns, function($m, $i) { $i < $earlier })';
    const isSplit = this.#history !== undefined && !this.#isWhole;
    const text = jsonataDocument(document, (path, value) => {
      if (this.#history !== undefined && keyOf(path) === keyOf(this.#history.path))
        return this.#history.expression(isSplit ? earlier : filtered);
      if (
        Array.isArray(value) &&
        value.length === 0 &&
        this.#history === undefined &&
        /^(?:history|messages|context|chathistory|conversation)$/.test(plainName(nameOf(path)))
      ) {
        this.#findings.unsure(
          'request.body',
          `${jsonataPath(path)} is empty in the command, so the form of earlier messages is not known: they go into the question; copy a command of a later turn`,
        );
        return undefined;
      }
      if (typeof value === 'object' && value !== null) return undefined;
      const leaf = { path, name: nameOf(path), value } as Leaf;
      return this.#expression(leaf, other === undefined ? undefined : valueAt(other, path));
    });
    if (!isSplit) return text;
    const turns = this.#hasSystemField ? 'messages[role != "system"]' : 'messages';
    return `(\n  $turns := ${turns};\n  $earlier := $count($turns) - 1;\n  ${text.replaceAll('\n', '\n  ')}\n)`;
  }

  /** A field of the request. @param streamed its value in the command with a stream, where there are both */
  #expression(leaf: Leaf, streamed: unknown): string {
    const { path, name, value } = leaf;
    const key = jsonataPath(path);
    const findings = this.#findings;
    if (this.#questions.has(keyOf(path))) return this.#questionExpression();
    const { keeps } = this.context;
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
      this.#modelName ??= value;
      findings.sure('model_name', `${key} of the chat command`);
      return '$model';
    }
    if (isNamed('system', name) && typeof value === 'string') {
      findings.sure('request.body', `${key} holds the messages of the system`);
      return value === '' ? `${SYSTEM} : ""` : SYSTEM;
    }
    const made = perCallValue(
      leaf,
      this.#other !== undefined && streamed !== undefined && streamed !== value,
      findings,
    );
    if (made !== undefined) return made;
    if (this.#other !== undefined && streamed !== value && !(value === null && streamed === null)) {
      const plain =
        valueAt(documentOf(this.#base), path) ?? this.#base.url.searchParams.get(name) ?? undefined;
      findings.sure('request.body', `${key} differs between the commands with and without a stream`);
      if (typeof plain === 'boolean' && typeof streamed === 'boolean')
        return streamed ? '$stream' : '$not($stream)';
      if (streamed === undefined) return `$not($stream) ? ${jsonataValue(plain)}`;
      return `$stream ? ${jsonataValue(streamed)}${plain === undefined ? '' : ` : ${jsonataValue(plain)}`}`;
    }
    return this.#parameter(leaf) ?? jsonataValue(value);
  }

  #questionExpression(): string {
    const turns = this.#history === undefined ? 'messages' : this.#isWhole ? 'messages' : '$turns';
    if (this.#history !== undefined) return QUESTION.replace('messages', turns);
    return this.#hasSystemField
      ? TRANSCRIPT.replaceAll('messages', 'messages[role != "system"]')
      : TRANSCRIPT;
  }

  /** What clients set, who they are, and secrets. */
  #parameter(leaf: Leaf): string | undefined {
    const { path, name, value } = leaf;
    const key = jsonataPath(path);
    for (const [field, names] of Object.entries(NAMES.sampling)) {
      if (!names.test(plainName(name)) || typeof value !== 'number') continue;
      this.#findings.sure('request.body', `${key} is ${field} of the client, or else that of the command`);
      return `$exists(${field}) ? ${field} : ${jsonataValue(value)}`;
    }
    if (typeof value !== 'string' || value === '') return undefined;
    if (isNamed('user_of_chat', name)) {
      this.#findings.sure(
        'request.body',
        `${key} is the user that the client names, or else that of the command`,
      );
      return `user ? user : ${jsonataValue(value)}`;
    }
    const nested = parseObject(value);
    if (nested !== undefined) return this.#nested(leaf, nested);
    if (isNamed('secret', name) || isRandom(value) || isPlaceholder(value)) {
      const hint = `field ${key} of the chat`;
      this.#findings.sure(
        'settings',
        `${key} looks like a secret, or stands for one, so it became a setting`,
      );
      return this.#setting(name, value, hint);
    }
    return undefined;
  }

  /** JSON inside a text. */
  #nested({ path }: Leaf, document: unknown): string {
    const inner = jsonataDocument(document, (below, value) => {
      if (typeof value === 'object' && value !== null) return undefined;
      return this.#expression({ path: [...path, ...below], name: nameOf(below), value } as Leaf, value);
    });
    return `$string(${inner})`;
  }

  #setting(word: string, value: string, hint: string): string {
    const name = word.replaceAll(/\W+/g, '_').replace(/^(?=\d)/, 'v');
    this.#settings[name] = this.#findings.variable(name, hint, value);
    return `$settings.${name}`;
  }
}

/** Values that each call makes anew. @param differs whether it differs between the two commands */
function perCallValue(leaf: Leaf, differs: boolean, findings: Findings): string | undefined {
  const { path, name, value } = leaf;
  const key = jsonataPath(path);
  const unit = epochUnit(value);
  if (unit !== undefined && (isNamed('time', name) || differs)) {
    findings.sure('request.body', `${key} is the time of the call, in ${unit}`);
    const time = unit === 'seconds' ? '$floor($millis() / 1000)' : '$millis()';
    return typeof value === 'string' ? `$string(${time})` : time;
  }
  if (typeof value !== 'string' || value === '') return undefined;
  const made = isUuid(value) && !value.includes('-') ? `$replace(${NEW_UUID}, "-", "")` : NEW_UUID;
  if (isNamed('conversation', name) && !differs) {
    findings.unsure(
      'request.body',
      `${key} names a conversation: each call begins one of its own, under a new id; must the service know it before?`,
    );
    return made;
  }
  if (isUuid(value) && (isNamed('perCall', name) || differs)) {
    findings.sure('request.body', `${key} is a UUID, made for each call`);
    return made;
  }
  if (isNamed('perCall', name) && (isPlaceholder(value) || isRandom(value) || /\d{3}/.test(value))) {
    findings.unsure('request.body', `${key} is named like an id of one call: it is made for each, as a UUID`);
    return made;
  }
  if (differs && isRandom(value)) {
    findings.unsure(
      'request.body',
      `${key} differs between the commands and looks random: it is made for each call`,
    );
    return NEW_UUID;
  }
  return undefined;
}

/** What a request sends, as a document. */
function documentOf({ body }: CurlRequest): unknown {
  if (body === undefined) return undefined;
  if (body.kind === 'json') return body.value;
  return body.kind === 'form' ? Object.fromEntries(body.fields) : body.text;
}

/** The first document, with what the second has besides. */
function merged(first: unknown, second: unknown): unknown {
  if (first === undefined) return second;
  if (!isJsonObject(first) || !isJsonObject(second)) return first;
  const names = new Set([...Object.keys(first), ...Object.keys(second)]);
  return Object.fromEntries([...names].map((name) => [name, merged(first[name], second[name])]));
}

function nestedLeaves({ path, value }: Leaf): Leaf[] {
  const nested = parseObject(value);
  return nested === undefined
    ? []
    : leavesOf(nested).map((leaf) => ({ ...leaf, path: [...path, ...leaf.path] }));
}

function parseObject(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return undefined;
  const json = parseExactJson(value.trim());
  return typeof json === 'object' && json !== null ? json : undefined;
}

function order({ name }: Leaf): number {
  return QUESTION_ORDER.findIndex((names) => names.test(plainName(name)));
}

/** Words of a program rather than of a person. */
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

function keyOf(path: Path): string {
  return JSON.stringify(path);
}
