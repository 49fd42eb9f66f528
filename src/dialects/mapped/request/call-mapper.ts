import { LargeInput } from '../../../expressions/large-input.js';
import { isJsonObject, stringifyJson } from '../../../protocol/json.js';
import { type UpstreamRequest } from '../../../upstream/upstream-request.js';
import { unexpected } from '../mapping-error.js';
import { NamedExpression, type Scope } from '../named-expression.js';
import { parsePath } from './path-template.js';
import { type CallMappingConfig } from './request-mapping.config.js';
import { HEADER_VALUE } from '../../../protocol/header-rules.js';

const FORM = 'application/x-www-form-urlencoded';

/** The first character of the JSON of an object or a list. */
const STRUCTURE = /^[{[]/;

/** Builds a request in the service's own format, from `request:` or `poll:`. */
export class CallMapper {
  readonly #path: readonly (string | NamedExpression)[] | undefined;
  readonly #query: readonly (readonly [string, NamedExpression])[];
  readonly #headers: readonly (readonly [string, NamedExpression])[];
  readonly #body: NamedExpression | undefined;
  /** The address of the latest call. */
  #last: { readonly key: string; readonly href: string } | undefined;

  constructor(
    /** Prefix of the block's keys in messages: `request.` or `poll.`. */
    private readonly block: string,
    private readonly config: CallMappingConfig,
    private readonly basePath: string,
  ) {
    this.#path =
      config.path === undefined
        ? undefined
        : parsePath(config.path)!.map((part) =>
            'text' in part ? part.text : new NamedExpression(`${block}path`, part.expression),
          );
    this.#query = this.#named('query', config.query);
    this.#headers = this.#named('headers', config.headers).map(([name, expression]) => [
      name.toLowerCase(),
      expression,
    ]);
    this.#body = NamedExpression.optional(`${block}body`, config.body);
  }

  /** Whether an expression builds the body. */
  get hasBody(): boolean {
    return this.#body !== undefined;
  }

  get expressions(): readonly NamedExpression[] {
    const pairs = [...this.#query, ...this.#headers].map(([, expression]) => expression);
    const path = this.#path?.filter((part) => typeof part !== 'string') ?? [];
    return [...path, ...pairs, ...(this.#body === undefined ? [] : [this.#body])];
  }

  /**
   * @param base the request without mapping: its credential, fixed headers and query are kept
   * @throws MappingError
   */
  async map(base: UpstreamRequest, input: unknown, scope: Scope): Promise<UpstreamRequest> {
    // Not `{ ... }`: adding a name to such a copy takes V8 ten times as long.
    const headers: Record<string, string> = Object.assign({}, base.headers);
    if (input instanceof LargeInput) await NamedExpression.prepare(this.expressions, input, scope);
    const body = await this.#mapBody(base, headers, input, scope);
    for (const [name, expression] of this.#headers) {
      const found = expression.evaluate(input, scope);
      const value = textOf(expression, found instanceof Promise ? await found : found);
      if (value === undefined) continue;
      if (!HEADER_VALUE.test(value)) {
        throw unexpected(expression.name, value, 'one line without characters beyond Latin-1');
      }
      headers[name] = value;
    }
    return {
      ...base,
      method: this.config.method,
      url: await this.#url(base.url, input, scope),
      headers,
      body,
    };
  }

  async #url(address: string, input: unknown, scope: Scope): Promise<string> {
    if (this.#path === undefined && this.#query.length === 0) return address;
    let path = this.basePath;
    for (const part of this.#path ?? []) {
      if (typeof part === 'string') path += part;
      else {
        const found = part.evaluate(input, scope);
        path += segmentOf(part, found instanceof Promise ? await found : found);
      }
    }
    const query: (string | undefined)[] = [];
    for (const [, expression] of this.#query) {
      const found = expression.evaluate(input, scope);
      query.push(textOf(expression, found instanceof Promise ? await found : found));
    }
    // Nearly all calls of a model go to one address, and building it takes longer than all
    // expressions together.
    const key = `${address}\n${path}\n${JSON.stringify(query)}`;
    if (this.#last?.key !== key) this.#last = { key, href: this.#href(address, path, query) };
    return this.#last.href;
  }

  /** @param query values in the order of the configured names; undefined = left out */
  #href(address: string, path: string, query: readonly (string | undefined)[]): string {
    const url = new URL(address);
    if (this.#path !== undefined) url.pathname = path;
    for (const [at, [name]] of this.#query.entries()) {
      const value = query[at];
      if (value !== undefined) url.searchParams.set(name, value);
    }
    return url.href;
  }

  async #mapBody(
    base: UpstreamRequest,
    headers: Record<string, string>,
    input: unknown,
    scope: Scope,
  ): Promise<Buffer> {
    if (this.config.method === 'GET') {
      delete headers['content-type'];
      return Buffer.alloc(0);
    }
    if (this.#body === undefined) return base.body;
    const { content_type: type } = this.config;
    const found = this.#body.evaluateToJson(input, scope);
    const given = found instanceof Promise ? ((await found) as unknown) : found;
    const isJson = Buffer.isBuffer(given);
    if (isJson && STRUCTURE.test(given.toString('latin1', 0, 1)) && type?.startsWith(FORM) !== true) {
      headers['content-type'] = type ?? 'application/json';
      return given;
    }
    const value = isJson ? valueOf(given) : given;
    if (typeof value === 'string') {
      headers['content-type'] = type ?? 'text/plain; charset=utf-8';
      return Buffer.from(value);
    }
    if (typeof value !== 'object' || value === null) {
      throw unexpected(this.#body.name, value, 'an object, a list or a text');
    }
    headers['content-type'] = type ?? 'application/json';
    if (type?.startsWith(FORM) === true && isJsonObject(value)) return formOf(this.#body.name, value);
    return Buffer.from(toJson(this.#body.name, value));
  }

  #named(part: string, expressions: Record<string, string>): [string, NamedExpression][] {
    return Object.entries(expressions).map(([name, source]) => [
      name,
      new NamedExpression(`${this.block}${part}.${name}`, source),
    ]);
  }
}

/** @returns undefined if the expression found nothing */
function textOf(expression: NamedExpression, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value);
  throw unexpected(expression.name, value, 'a text or a number');
}

/**
 * An inserted text is one segment of the path, so that a client's text cannot lead to another path.
 */
function segmentOf(expression: NamedExpression, found: unknown): string {
  const text = textOf(expression, found);
  if (text === undefined || text === '' || text === '.' || text === '..') {
    throw unexpected(expression.name, text, 'a text or a number for the path');
  }
  // A URL cannot contain half a surrogate pair: it becomes U+FFFD, as in a body.
  return encodeURIComponent(Buffer.from(text).toString());
}

function formOf(name: string, fields: Readonly<Record<string, unknown>>): Buffer {
  const form = new URLSearchParams();
  for (const [field, value] of Object.entries(fields)) {
    if (value === null || value === undefined) continue;
    form.set(field, typeof value === 'string' ? value : toJson(name, value));
  }
  return Buffer.from(form.toString());
}

/** @param json the result of an expression: empty if it found nothing */
function valueOf(json: Buffer): unknown {
  return json.length === 0 ? undefined : JSON.parse(json.toString());
}

/** Functions have no JSON, and JSONata's own functions are circular. */
function toJson(name: string, value: unknown): string {
  try {
    return stringifyJson(value);
  } catch {
    throw unexpected(name, value, 'nothing but plain values');
  }
}
