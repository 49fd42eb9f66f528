import { type CurlRequest } from '../curl/curl-request.js';
import { ownHeaders } from '../exchange.js';
import { type Findings } from '../findings.js';
import { type Leaf, type Path, jsonataDocument, jsonataValue, nameOf } from '../leaves.js';
import { epochUnit, isNamed, isPlaceholder, isRandom } from '../words.js';
import { type Account, fieldsOf } from './account.js';
import { type Keeps } from './keeps.js';
import { linkOf } from './links.js';
import { type Ingredient, findProof, mayBeProof } from './proof.js';

/** One step of a login as the YAML has it. */
export type StepFields = Record<string, unknown>;

/** The context of a step. */
export interface StepContext {
  /** Its key in the YAML, such as `login.steps[0]`. */
  readonly key: string;
  readonly account: Account;
  /** The password, if the commands contain only a digest of it; empty: unknown. */
  readonly knownPassword: string | undefined;
  readonly keeps: Keeps;
  readonly findings: Findings;
  /** The address as the YAML states it: below `base_url`, or complete. */
  addressOf(url: URL): string;
}

const CAPTCHA = /captcha|verify|kaptcha|checkkey|check_key|smscode|otp|totp|mfa/i;
const MOST_INGREDIENTS = 4;
const TIME = '$time';

/** Describes one command of a login. @param step counted from 0 */
export function learnStep(request: CurlRequest, step: number, context: StepContext): StepFields {
  const { findings, key } = context;
  const isGet = request.method === 'GET';
  if (!['GET', 'POST', 'PUT'].includes(request.method))
    findings.unsure(`${key}.method`, `${request.at}: logins send GET, POST or PUT, not ${request.method}`);
  const fields: StepFields = { url: addressOf(request, step, context) };
  if (request.method !== 'POST') fields['method'] = request.method;
  const headers = headersOf(request, step, context);
  const sent = contentOf(request, step, context);
  const type = request.body?.kind === 'form' ? 'form' : 'json';
  if (request.user !== undefined) {
    fields['send_as'] = 'basic';
    if (type === 'form' && sent.hasContent) headers['content-type'] = 'application/x-www-form-urlencoded';
    findings.sure(`${key}.send_as`, 'the command sends user name and password as HTTP Basic');
  } else if (!sent.hasContent) fields['send_as'] = 'none';
  else if (!isGet && request.body === undefined) fields['send_as'] = 'query';
  else if (!isGet && type === 'form') fields['send_as'] = 'form';
  if (Object.keys(headers).length > 0) fields['headers'] = headers;
  return { ...fields, ...sent.fields };
}

/**
 * Values of earlier responses and the user name go into the address as `{name}`; query parameters
 * of the account become fields.
 */
function addressOf({ url, body, method }: CurlRequest, step: number, context: StepContext): string {
  const { account, keeps, findings, key } = context;
  const parts = url.pathname.split('/').map((segment) => {
    const text = decodeURIComponent(segment);
    if (text === '') return segment;
    if (text === account.username) {
      findings.sure(`${key}.url`, 'the user name is a part of the path');
      return '{username}';
    }
    const link = linkOf(text, 'id', keeps.sourcesBefore(step));
    return link === undefined ? segment : `${link.before}{${keeps.keep(link.source)}}${link.after}`;
  });
  const address = context.addressOf(new URL(url.origin)).replace(/\/$/, '') + parts.join('/');
  return body !== undefined && method !== 'GET' && url.search !== '' ? `${address}${url.search}` : address;
}

function headersOf(request: CurlRequest, step: number, context: StepContext): Record<string, string> {
  const { keeps, findings, key } = context;
  const headers: Record<string, string> = {};
  for (const [name, value] of ownHeaders(request)) {
    const link = linkOf(value, name, keeps.sourcesBefore(step));
    if (link !== undefined) {
      headers[name] = `${link.before}{${keeps.keep(link.source)}}${link.after}`;
      findings.sure(`${key}.headers`, `${name} is ${link.source.expression} of step ${link.source.step + 1}`);
    } else if (isNamed('secret', name) || isRandom(value)) {
      headers[name] = findings.variable(name, `header ${name} of the login`, value);
      findings.unsure(
        `${key}.headers`,
        `${name} came from no response, so it is a constant; does it change?`,
      );
    } else headers[name] = value;
  }
  return headers;
}

interface Content {
  readonly hasContent: boolean;
  readonly fields: StepFields;
}

/**
 * The contents of the request: user name, password and constants under their names if that
 * suffices, otherwise an expression.
 */
function contentOf(request: CurlRequest, step: number, context: StepContext): Content {
  const { account, keeps, findings, key } = context;
  const { body } = request;
  if (body?.kind === 'text') {
    findings.unsure(`${key}.body`, 'the text is sent as it is: no field in it was recognised');
    return { hasContent: true, fields: { body: jsonataValue(body.text) } };
  }
  const leaves = body === undefined || request.method === 'GET' ? fieldsOf(request) : bodyFields(request);
  if (leaves.length === 0) return { hasContent: false, fields: {} };
  const expressions = new Map<Leaf, string>();
  const constants: Record<string, string | number | boolean> = {};
  let usernameField: string | undefined;
  let passwordField: string | undefined;
  for (const leaf of leaves) {
    const { value, name } = leaf;
    if (request.user === undefined && value === account.username && name === account.usernameField) {
      usernameField = name;
      expressions.set(leaf, 'username');
    } else if (value === account.password && (name === account.passwordField || isNamed('password', name))) {
      passwordField = name;
      expressions.set(leaf, 'password');
    } else if (value === account.username && value !== '') expressions.set(leaf, 'username');
    else {
      const link = typeof value === 'string' ? linkOf(value, name, keeps.sourcesBefore(step)) : undefined;
      if (link !== undefined) expressions.set(leaf, joined(link.before, keeps.keep(link.source), link.after));
      else if (epochUnit(value) !== undefined && isNamed('time', name)) expressions.set(leaf, timeOf(value));
    }
  }
  proofsOf(leaves, expressions, context);
  for (const leaf of leaves) if (!expressions.has(leaf)) constants[leaf.name] = constantOf(leaf, context);
  const isFlat = leaves.every(({ path, value }) => path.length === 1 && value !== null);
  const isOrdinary = [...expressions.values()].every((text) => text === 'username' || text === 'password');
  const isPair = usernameField !== undefined && passwordField !== undefined && expressions.size === 2;
  if (isFlat && ((isPair && isOrdinary) || (request.user !== undefined && expressions.size === 0))) {
    const names = {
      ...(usernameField !== undefined && usernameField !== 'username' && { username_field: usernameField }),
      ...(passwordField !== undefined && passwordField !== 'password' && { password_field: passwordField }),
    };
    return {
      hasContent: true,
      fields: { ...names, ...(Object.keys(constants).length > 0 && { fields: constants }) },
    };
  }
  return { hasContent: true, fields: { body: expressionOf(request, leaves, expressions, constants) } };
}

function bodyFields(request: CurlRequest): Leaf[] {
  return fieldsOf({ ...request, url: new URL(request.url.origin) });
}

function joined(before: string, name: string, after: string): string {
  return [before === '' ? '' : jsonataValue(before), name, after === '' ? '' : jsonataValue(after)]
    .filter(Boolean)
    .join(' & ');
}

function timeOf(value: Leaf['value']): string {
  return typeof value === 'number' ? `$number(${TIME})` : TIME;
}

/** Finds digests of the password and of values that the service sent. */
function proofsOf(
  leaves: readonly Leaf[],
  expressions: Map<Leaf, string>,
  { account, knownPassword, keeps, findings, key }: StepContext,
): void {
  const others = [
    ...keeps.all.map(({ source }) => ({ source, name: '' })),
    ...keeps.sources.map((source) => ({ source, name: '' })),
  ];
  const values = new Map<string, Ingredient>();
  if (account.username !== undefined)
    values.set(account.username, { name: 'username', value: account.username });
  for (const { source } of others) {
    if (values.size > MOST_INGREDIENTS || source.value.length > 200) continue;
    values.set(source.value, { name: keeps.nameFor(source), value: source.value });
  }
  for (const [leaf, expression] of expressions)
    if (expression.includes(TIME)) values.set(String(leaf.value), { name: TIME, value: String(leaf.value) });
  for (const leaf of leaves) {
    const { value, name } = leaf;
    if (
      typeof value !== 'string' ||
      !mayBeProof(value) ||
      [...expressions].some(([other, text]) => other === leaf && text !== 'password')
    )
      continue;
    const isDigest = /^(?:[\da-f]{32}|[\da-f]{40}|[\da-f]{64}|[\da-f]{128})$/i.test(value);
    const found =
      knownPassword === undefined
        ? undefined
        : findProof(value, { name: 'password', value: knownPassword }, [...values.values()]);
    if (found !== undefined) {
      expressions.set(leaf, found);
      for (const { source } of others)
        if (new RegExp(`\\b${keeps.nameFor(source)}\\b`).test(found)) keeps.keep(source);
      findings.sure(`${key}.body`, `${name} is ${found}: it gives exactly the value of the command`);
    } else if (isDigest && expressions.get(leaf) === 'password') {
      findings.unsure(
        `${key}.password_field`,
        `${name} is a digest (${value.length} hexadecimal characters): the variable holds it as the command sends it; with LEARN_PASSWORD=<the password> in the environment, its making is looked for`,
      );
    } else if (isDigest) {
      findings.unsure(
        `${key}.body`,
        `${name} is a digest that was not understood${knownPassword === undefined ? '; with LEARN_PASSWORD=<the password> in the environment, its making is looked for' : ''}`,
      );
    }
  }
}

function constantOf(leaf: Leaf, { findings, key }: StepContext): string | number | boolean {
  const { name, value } = leaf;
  if (CAPTCHA.test(name))
    findings.unsure(
      `${key}.fields`,
      `${name} looks like a code for one login alone: the service must accept logins without it`,
    );
  if (value === null || typeof value !== 'string') return value ?? '';
  const isHidden = isNamed('secret', name) || isNamed('password', name) || isRandom(value);
  if (!isHidden || value === '') return value;
  if (isPlaceholder(value)) return findings.variable(name, `field ${name} of the login`, value);
  findings.unsure(`${key}.fields`, `${name} came from no response, so it is a constant; does it change?`);
  return findings.variable(name, `field ${name} of the login`, value);
}

function expressionOf(
  request: CurlRequest,
  leaves: readonly Leaf[],
  expressions: ReadonlyMap<Leaf, string>,
  constants: Readonly<Record<string, unknown>>,
): string {
  const at = new Map<string, string>(
    leaves.map((leaf) => [keyOf(leaf.path), expressions.get(leaf) ?? constant(leaf)]),
  );
  function constant({ name, value, path }: Leaf): string {
    return jsonataValue(path.length > 0 && name === nameOf(path) ? (constants[name] ?? value) : value);
  }
  const value =
    request.body?.kind === 'json' && request.method !== 'GET'
      ? request.body.value
      : Object.fromEntries(leaves.map((leaf) => [leaf.name, leaf.value]));
  const document = jsonataDocument(value, (path) => at.get(keyOf(path)));
  if (!document.includes(TIME)) return document;
  const digits = leaves.find((leaf) => expressions.get(leaf)?.includes(TIME))!.value;
  const time = epochUnit(digits) === 'seconds' ? '$floor($millis() / 1000)' : '$millis()';
  return `(\n  ${TIME} := $string(${time});\n  ${document.replaceAll('\n', '\n  ')}\n)`;
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}
