import { type CurlRequest } from '../curl/curl-request.js';
import { type Exchange } from '../exchange.js';
import { type Findings } from '../findings.js';
import { isNamed } from '../words.js';
import { type Keeps } from './keeps.js';
import { type Source, likelyToken } from './links.js';

/**
 * Guesses the token if the chat command repeats no value of the login: it belonged to an earlier
 * session, or no response was recorded.
 */
export function guessToken(
  { answer }: Exchange,
  chat: CurlRequest,
  step: number,
  keeps: Keeps,
  findings: Findings,
): Source | undefined {
  if (answer === undefined) {
    findings.unsure('login.token', 'no response of the login was recorded: the usual places are looked at');
    return undefined;
  }
  const found = likelyToken(keeps.sources.filter((source) => source.step === step));
  if (found === undefined) {
    findings.unsure(
      'login.token',
      'the chat command sends no value of the login response, and none there looks like a token',
    );
    return undefined;
  }
  findings.hide(found.value);
  if (isInBody(chat, found.value)) {
    findings.sure(
      'login.token',
      `${found.expression} of the login's response is in the body of the chat command`,
    );
    return found;
  }
  findings.unsure(
    'login.token',
    `${found.expression} looks like a token, but the chat command sends another value: was it copied in another session?`,
  );
  return found;
}

function isInBody({ body, bodyText = '' }: CurlRequest, value: string): boolean {
  return body?.kind === 'form' ? body.fields.some(([, text]) => text === value) : bodyText.includes(value);
}

/**
 * The names of the headers with a credential that the login itself sends, so that it cannot be the
 * token.
 */
export function fixedHeaders(chat: CurlRequest, logins: readonly CurlRequest[]): string[] {
  return [...chat.headers]
    .filter(
      ([name, value]) =>
        /auth|key|token|secret/.test(name) && logins.some(({ headers }) => headers.get(name) === value),
    )
    .map(([name]) => name);
}

/**
 * Gives the token of a login a header of its own, because another credential occupies the usual
 * one.
 */
export function carryApart(
  fixed: readonly string[],
  login: Record<string, unknown>,
  findings: Findings,
): void {
  login['carry'] = { in: 'header', name: 'X-Login-Token' };
  findings.unsure(
    'login.carry',
    `${fixed.join(', ')} of the chat command is a credential of its own, and no token: the value of the login goes into a header of its own, which the service may ignore`,
  );
}

/** Guesses how the chat command carries a credential that is not from the login. */
export function guessCarry(
  chat: CurlRequest,
  token: Source | undefined,
  login: Record<string, unknown>,
  explained: Set<string>,
  findings: Findings,
): void {
  const authorization = chat.headers.get('authorization');
  if (authorization !== undefined) {
    findings.hide(authorization.replace(/^\S+\s+/, ''));
    explained.add('header authorization');
    const [, prefix = ''] = /^(\S+\s+)?/.exec(authorization)!;
    if (!/^bearer $/i.test(prefix)) login['carry'] = { name: 'Authorization', prefix };
    findings.unsure(
      'login.carry',
      'the chat command has an Authorization header, which was taken for the place of the token',
    );
    return;
  }
  const named = [...chat.headers].find(
    ([name]) => isNamed('secret', name) || isNamed('token', name.replace(/^x-/, '')),
  );
  const cookie =
    token?.isCookie === true ? token.name : [...chat.cookies.keys()].find((name) => isNamed('token', name));
  if (named !== undefined) {
    findings.hide(named[1]);
    explained.add(`header ${named[0]}`);
    login['carry'] = { in: 'header', name: named[0] };
    findings.unsure(
      'login.carry',
      `header ${named[0]} of the chat command was taken for the place of the token`,
    );
  } else if (cookie !== undefined) {
    explained.add(`cookie ${cookie}`);
    login['carry'] = { in: 'cookie', name: cookie };
    if (token?.isCookie === true) delete login['token'];
    findings.unsure(
      'login.carry',
      `cookie ${cookie} of the chat command was taken for the place of the token`,
    );
  } else if (chat.user !== undefined) carryApart(['HTTP Basic'], login, findings);
  else if (token !== undefined && isInBody(chat, token.value))
    findings.unsure(
      'login.carry',
      'the chat command has the token in its body alone: it is sent as Authorization: Bearer, too',
    );
  else
    findings.unsure(
      'login.carry',
      'nothing in the chat command looks like a token: it is sent as Authorization: Bearer',
    );
}
