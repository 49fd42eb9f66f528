import { isJsonObject } from '../../../protocol/json.js';
import { type CurlRequest } from '../curl/curl-command.js';
import { documentOf } from '../exchange.js';
import { type Findings } from '../findings.js';
import {
  type Leaf,
  type Path,
  jsonataDocument,
  jsonataPath,
  jsonataValue,
  nameOf,
  parseObject,
  valueAt,
} from '../leaves.js';
import { type Keeps } from '../login/keeps.js';
import { linkOf } from '../login/links.js';
import { NAMES, isNamed, isPlaceholder, isRandom, isUuid, plainName } from '../words.js';
import { perCallValue } from './per-call.js';
import { type Question, findQuestion } from './question.js';

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

/** Learns how the request of a chat is built. */
export function learnRequest(commands: ChatCommands, context: RequestContext): LearnedRequest {
  return new RequestReader(commands, context).read();
}

class RequestReader {
  readonly #base: CurlRequest;
  readonly #other: CurlRequest | undefined;
  readonly #findings: Findings;
  readonly #question: Question;
  readonly #document: unknown;
  readonly #query: Record<string, unknown>;
  readonly #settings: Record<string, string> = {};
  #modelName: string | undefined;

  constructor(
    { plain, streamed }: ChatCommands,
    private readonly context: RequestContext,
  ) {
    this.#base = plain ?? streamed!;
    this.#other = plain === undefined ? undefined : streamed;
    this.#findings = context.findings;
    this.#document = merged(documentOf(this.#base), this.#other && documentOf(this.#other));
    this.#query = merged(
      Object.fromEntries(this.#base.url.searchParams),
      this.#other && Object.fromEntries(this.#other.url.searchParams),
    ) as Record<string, unknown>;
    const asked = { document: this.#document, query: this.#query, at: this.#base.at, said: context.question };
    this.#question = findQuestion(asked, context.findings);
  }

  read(): LearnedRequest {
    const { method } = this.#base;
    if (!['GET', 'POST'].includes(method))
      this.#findings.unsure('request.method', `${this.#base.at}: models send POST or GET, not ${method}`);
    const fields: Record<string, unknown> = { path: this.#path() };
    if (method === 'GET') fields['method'] = 'GET';
    const parameters = this.#parameters(this.#query);
    if (Object.keys(parameters).length > 0) fields['query'] = parameters;
    if (this.#document !== undefined && method !== 'GET') fields['body'] = this.#body(this.#document);
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
      question: this.#question.text,
    };
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
        if (isUuid(text) || /^\d{4,}$/.test(text)) {
          this.#findings.unsure(
            'request.path',
            `${text} in the path looks like an id, and was kept: is it that of an application, or of a conversation of the command's user?`,
          );
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
    const filtered = this.#question.hasSystemField ? 'messages[role != "system"]' : 'messages';
    const earlier = '$filter($turns, function($m, $i) { $i < $earlier })';
    const isSplit = this.#question.history !== undefined && !this.#question.isWhole;
    const text = jsonataDocument(document, (path, value) => {
      if (this.#question.history !== undefined && keyOf(path) === keyOf(this.#question.history.path))
        return this.#question.history.expression(isSplit ? earlier : filtered);
      if (
        Array.isArray(value) &&
        value.length === 0 &&
        this.#question.history === undefined &&
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
    const turns = this.#question.hasSystemField ? 'messages[role != "system"]' : 'messages';
    return `(\n  $turns := ${turns};\n  $earlier := $count($turns) - 1;\n  ${text.replaceAll('\n', '\n  ')}\n)`;
  }

  /** A field of the request. @param streamed its value in the command with a stream, where there are both */
  #expression(leaf: Leaf, streamed: unknown): string {
    const { path, name, value } = leaf;
    const key = jsonataPath(path);
    const findings = this.#findings;
    if (this.#question.isAt(path)) return this.#questionExpression();
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
    const turns =
      this.#question.history === undefined ? 'messages' : this.#question.isWhole ? 'messages' : '$turns';
    if (this.#question.history !== undefined) return QUESTION.replace('messages', turns);
    return this.#question.hasSystemField
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

/** The first document, with what the second has besides. */
function merged(first: unknown, second: unknown): unknown {
  if (first === undefined) return second;
  if (!isJsonObject(first) || !isJsonObject(second)) return first;
  const names = new Set([...Object.keys(first), ...Object.keys(second)]);
  return Object.fromEntries([...names].map((name) => [name, merged(first[name], second[name])]));
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}
