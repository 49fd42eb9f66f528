import { type CurlRequest } from '../curl/curl-request.js';
import { isIdleCookie, ownHeaders } from '../exchange.js';
import { type Findings } from '../findings.js';
import { jsonataValue } from '../leaves.js';
import { headerName } from '../login/token-use.js';
import { epochUnit, isJwt, isNamed, isRandom, isUuid, jwtEnd } from '../words.js';
import { NEW_UUID } from './per-call.js';

/** The findings about the headers of the chat command. */
export interface LearnedHead {
  /** Fields of the model: `token`, `headers`, `login`. */
  readonly model: Record<string, unknown>;
  /** Expressions for headers that each call generates anew. */
  readonly perCall: Record<string, string>;
}

/** Matches names of headers that suggest a key. */
const IS_KEY = /key|token|auth|secret|session|sign|access|credential|ticket/;

/**
 * Learns the headers, cookies and credentials of the chat command.
 * @param explained the parts whose values come from the login; undefined without a login
 * @param streamed the command with a stream, if `chat` is the one without
 */
export function learnHead(
  chat: CurlRequest,
  explained: ReadonlySet<string> | undefined,
  findings: Findings,
  streamed?: CurlRequest,
): LearnedHead {
  const headers: Record<string, string> = {};
  const perCall: Record<string, string> = {};
  const model: Record<string, unknown> = {};
  let token: string | undefined;
  const hasLogin = explained !== undefined;
  const differing = differingHeaders(chat, streamed);
  for (const [name, expression] of differing) {
    perCall[headerName(name)] = expression;
    findings.sure(
      'request.headers',
      `${headerName(name)} differs between the commands with and without a stream`,
    );
  }
  for (const [name, value] of ownHeaders(chat)) {
    if (explained?.has(`header ${name}`) === true || differing.has(name)) continue;
    const own = headerName(name);
    if (name === 'authorization') {
      const [, scheme = '', credential] = /^(\S+\s+)?([^]*)$/.exec(value)!;
      const placeholder = findings.variable(
        'TOKEN',
        'credential in the Authorization header of the chat',
        credential!,
      );
      token ??= placeholder;
      if (hasLogin || !/^bearer\s+$/i.test(scheme)) headers['Authorization'] = `${scheme}${placeholder}`;
      sayFixed('token', credential!, 'the Authorization header holds it', hasLogin, findings);
    } else if (
      isUuid(value) &&
      (isNamed('perCall', name.replace(/^x-/, '')) || /request|trace|message/.test(name))
    ) {
      perCall[own] = NEW_UUID;
      findings.sure('request.headers', `${own} is a UUID, made for each call`);
    } else if (epochUnit(value) !== undefined && /time|date|^x?-?ts$/.test(name)) {
      perCall[own] =
        epochUnit(value) === 'seconds' ? '$string($floor($millis() / 1000))' : '$string($millis())';
      findings.sure('request.headers', `${own} is the time of the call`);
    } else if (IS_KEY.test(name) || isRandom(value)) {
      headers[own] = findings.variable(own, `header ${own} of the chat`, value);
      if (/sign/.test(name))
        findings.unsure(
          'headers',
          `${own} looks like a signature of one request, which no recipe can make again`,
        );
      else sayFixed('headers', value, `${own} looks like a secret`, hasLogin, findings);
      token ??= headers[own];
    } else {
      headers[own] = value.replaceAll('${', () => '$${');
      findings.sure('headers', `${own} is a constant`);
    }
  }
  if (hasLogin) addBasic(chat, headers, findings);
  addCookies(chat, explained, headers, findings);
  if (Object.keys(headers).length > 0) model['headers'] = headers;
  if (!hasLogin) addCredential(chat, token, model, findings);
  return { model, perCall };
}

/**
 * Finds the headers, other than credentials, that select the form of the response.
 * @returns their expressions
 */
function differingHeaders(chat: CurlRequest, streamed: CurlRequest | undefined): Map<string, string> {
  const found = new Map<string, string>();
  if (streamed === undefined) return found;
  const names = new Set([...ownHeaders(chat), ...ownHeaders(streamed)].map(([name]) => name));
  for (const name of names) {
    const [plain, other] = [chat.headers.get(name), streamed.headers.get(name)];
    const isOther = [plain, other].some(
      (value) => value !== undefined && (isUuid(value) || epochUnit(value) !== undefined),
    );
    if (plain === other || IS_KEY.test(name) || isOther) continue;
    if (other === undefined) found.set(name, `$not($stream) ? ${jsonataValue(plain)}`);
    else
      found.set(
        name,
        `$stream ? ${jsonataValue(other)}${plain === undefined ? '' : ` : ${jsonataValue(plain)}`}`,
      );
  }
  return found;
}

function sayFixed(key: string, value: string, says: string, hasLogin: boolean, findings: Findings): void {
  if (hasLogin)
    findings.unsure(key, `${says}, and no response of the login brought it: it is a constant that may end`);
  else if (isJwt(value))
    findings.unsure(
      key,
      `${says}: a JWT${jwtEnd(value) === undefined ? '' : ', which ends'}; how is the next one made? Without a login, it is a constant`,
    );
  else findings.sure(key, says);
}

/**
 * Adds HTTP Basic as a constant header if the command sends it in addition to the token of a login.
 */
function addBasic({ user }: CurlRequest, headers: Record<string, string>, findings: Findings): void {
  if (user === undefined) return;
  const pair = Buffer.from(`${user.name}:${user.password}`).toString('base64');
  headers['Authorization'] =
    `Basic ${findings.variable('BASIC', 'NAME:PASSWORD of HTTP Basic, in Base64', pair)}`;
  findings.hide(user.password);
  findings.sure('headers', 'the chat command sends HTTP Basic beside the login: a constant');
}

function addCookies(
  chat: CurlRequest,
  explained: ReadonlySet<string> | undefined,
  headers: Record<string, string>,
  findings: Findings,
): void {
  const rest = [...chat.cookies].filter(
    ([name]) => !isIdleCookie(name) && explained?.has(`cookie ${name}`) !== true,
  );
  if (rest.length === 0) return;
  const names = rest.map(([name]) => name).join(', ');
  for (const [, value] of rest) findings.hide(value);
  if (explained !== undefined) {
    findings.unsure(
      'login',
      `cookies of the chat command that the login did not bring are left out: ${names}`,
    );
    return;
  }
  headers['Cookie'] = findings.variable(
    'COOKIE',
    'cookies of the chat',
    rest.map(([name, value]) => `${name}=${value}`).join('; '),
  );
  findings.unsure(
    'headers',
    `the cookies of a browser's session (${names}) are a constant here, and will end: learn the login, too`,
  );
}

/** A model needs a credential, even if its service does not. */
function addCredential(
  chat: CurlRequest,
  token: string | undefined,
  model: Record<string, unknown>,
  findings: Findings,
): void {
  if (chat.user !== undefined) {
    model['username'] = findings.variable('USER', 'user name of HTTP Basic', chat.user.name);
    model['password'] = findings.variable('PASSWORD', 'password of HTTP Basic', chat.user.password);
    model['login'] = { preset: 'basic' };
    findings.sure('login.preset', 'the chat command sends user name and password as HTTP Basic');
    return;
  }
  model['token'] = token ?? 'not-needed';
  if (token === undefined)
    findings.sure(
      'token',
      'the chat command sends no credential in its head: a word is sent in place of a token',
    );
  else if (!chat.headers.has('authorization'))
    findings.sure(
      'token',
      'each model has one, sent as Authorization: Bearer beside the header of the service',
    );
}
