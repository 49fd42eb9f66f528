import { isJsonObject } from '../../../protocol/json.js';
import { type CurlRequest } from '../curl/curl-request.js';
import { documentOf } from '../exchange.js';
import { type Findings } from '../findings.js';
import {
  type Leaf,
  type Path,
  jsonataDocument,
  jsonataPath,
  jsonataValue,
  nameOf,
  valueAt,
} from '../leaves.js';
import { type Keeps } from '../login/keeps.js';
import { linkOf } from '../login/links.js';
import { isRandom, isUuid, plainName } from '../words.js';
import { type Question, findQuestion } from './question.js';
import { RequestFields } from './request-fields.js';

/** The chat commands: one, or the same call with and without a stream. */
export interface ChatCommands {
  readonly plain: CurlRequest | undefined;
  readonly streamed: CurlRequest | undefined;
}

export interface RequestContext {
  readonly findings: Findings;
  /** The values from the login; undefined without a login. */
  readonly keeps: Keeps | undefined;
  readonly explained: ReadonlySet<string>;
  /** The question in the commands, if the user stated it. */
  readonly question: string | undefined;
}

/** The findings about the chat commands. */
export interface LearnedRequest {
  /** The `request:` block. */
  readonly request: Record<string, unknown>;
  readonly settings: Record<string, string>;
  readonly modelName: string | undefined;
  /** The question in the commands. */
  readonly question: string;
}

const FORM = 'application/x-www-form-urlencoded';

/** Learns how to build the request of a chat. */
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
  readonly #fields: RequestFields;

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
    const { findings, keeps } = context;
    this.#fields = new RequestFields({
      findings,
      keeps,
      question: this.#question,
      base: this.#base,
      other: this.#other,
    });
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
      settings: this.#fields.settings,
      modelName: this.#fields.modelName,
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
          return `{${this.#fields.setting(parts[at - 1] === undefined || parts[at - 1] === '' ? 'path' : parts[at - 1]!, text, 'a part of the path')}}`;
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
      found[name] = this.#fields.expression(
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
      return this.#fields.expression(leaf, other === undefined ? undefined : valueAt(other, path));
    });
    if (!isSplit) return text;
    const turns = this.#question.hasSystemField ? 'messages[role != "system"]' : 'messages';
    return `(\n  $turns := ${turns};\n  $earlier := $count($turns) - 1;\n  ${text.replaceAll('\n', '\n  ')}\n)`;
  }
}

/** The first document, completed with fields that only the second has. */
function merged(first: unknown, second: unknown): unknown {
  if (first === undefined) return second;
  if (!isJsonObject(first) || !isJsonObject(second)) return first;
  const names = new Set([...Object.keys(first), ...Object.keys(second)]);
  return Object.fromEntries([...names].map((name) => [name, merged(first[name], second[name])]));
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}
