import { type CurlRequest } from '../curl/curl-request.js';
import { isIdleCookie, ownHeaders } from '../exchange.js';
import { type Findings } from '../findings.js';
import { jsonataValue } from '../leaves.js';
import { isJwt, isNamed } from '../words.js';
import { type Keeps } from './keeps.js';
import { type Link, type Source, linkOf } from './links.js';

type Place = 'header' | 'cookie' | 'query';

/** Where a call carries a value from the login. */
interface Use {
  readonly place: Place;
  readonly name: string;
  readonly link: Link;
}

/** The values that calls carry, as fields of the YAML. */
export interface TokenUse {
  readonly token: Source;
  readonly fields: Record<string, unknown>;
  /**
   * Headers and query parameters whose values come from the login, as `header x-token`, `query
   * ticket`.
   */
  readonly explained: ReadonlySet<string>;
}

/** Learns which value of a login is the token, and how calls carry it and the other values. */
export function learnTokenUse(
  chat: CurlRequest,
  lastStep: number,
  keeps: Keeps,
  findings: Findings,
): TokenUse | undefined {
  const uses = usesOf(chat, keeps.sources);
  const [first, ...others] = uses.toSorted((a, b) => rank(a, lastStep) - rank(b, lastStep));
  if (first === undefined) return undefined;
  const { source } = first.link;
  for (const { link } of uses) findings.hide(link.source.value);
  const fields: Record<string, unknown> = {};
  if (source.step === lastStep) {
    if (!(source.isCookie && first.place === 'cookie')) fields['token'] = source.expression;
  } else {
    fields['token'] = source.expression;
    findings.unsure(
      'login.token',
      `it stands in the response to step ${source.step + 1}, and the token is read from the last one: put that step last`,
    );
  }
  findings.sure(
    'login.token',
    `${source.expression} of the login's response is in the ${first.place} ${first.name} of the chat command`,
  );
  const carry = carryOf(first);
  if (carry !== undefined) fields['carry'] = carry;
  const headers: Record<string, string> = {};
  const query: Record<string, string> = {};
  const cookies: string[] = [];
  for (const { place, name, link } of others) {
    const expression = joined(link, nameIn(link.source, source, lastStep, keeps));
    if (place === 'header') headers[headerName(name)] = expression;
    else if (place === 'query') query[name] = expression;
    else cookies.push(`${jsonataValue(`${name}=`)} & ${expression}`);
    findings.sure(
      `login.call_${place === 'query' ? 'query' : 'headers'}`,
      `${place} ${name} is ${link.source.expression} of login step ${link.source.step + 1}`,
    );
  }
  if (cookies.length > 0) headers['Cookie'] = cookies.join(' & "; " & ');
  if (Object.keys(headers).length > 0) fields['call_headers'] = headers;
  if (Object.keys(query).length > 0) fields['call_query'] = query;
  return { token: source, fields, explained: new Set(uses.map(({ place, name }) => `${place} ${name}`)) };
}

function usesOf(chat: CurlRequest, sources: readonly Source[]): Use[] {
  const spots: [Place, string, string][] = [
    ...ownHeaders(chat).map(([name, value]): [Place, string, string] => ['header', name, value]),
    ...[...chat.cookies]
      .filter(([name]) => !isIdleCookie(name))
      .map(([name, value]): [Place, string, string] => ['cookie', name, value]),
    ...[...chat.url.searchParams].map(([name, value]): [Place, string, string] => ['query', name, value]),
  ];
  return spots.flatMap(([place, name, text]): Use[] => {
    // A cookie comes from the cookie with the same name and value, if there is one.
    const own = sources.findLast(
      (source) => source.isCookie && place === 'cookie' && source.name === name && source.value === text,
    );
    const link = own === undefined ? linkOf(text, name, sources) : { source: own, before: '', after: '' };
    return link === undefined ? [] : [{ place, name, link }];
  });
}

/** Authorization first, then names that suggest a token, then values that look like one. */
function rank({ place, name, link }: Use, lastStep: number): number {
  const { source } = link;
  return (
    (source.step === lastStep ? 0 : 100) +
    (name === 'authorization' ? 0 : 10) +
    (isNamed('token', source.name) || isNamed('token', name) || isJwt(source.value) ? 0 : 5) +
    (place === 'header' ? 0 : place === 'cookie' ? 2 : 1)
  );
}

function carryOf({ place, name, link }: Use): Record<string, string> | undefined {
  const prefix = link.before;
  if (place === 'header' && name === 'authorization') {
    if (/^bearer $/i.test(prefix)) return undefined;
    return { name: 'Authorization', prefix };
  }
  const own = { in: place, name: place === 'header' ? headerName(name) : name };
  return prefix === '' ? own : { ...own, prefix };
}

/** The value as `call_headers` and `call_query` see it. */
function nameIn(source: Source, token: Source, lastStep: number, keeps: Keeps): string {
  if (source === token) return 'token';
  return source.step === lastStep ? source.expression : keeps.keep(source);
}

function joined({ before, after }: Link, name: string): string {
  return [before === '' ? '' : jsonataValue(before), name, after === '' ? '' : jsonataValue(after)]
    .filter(Boolean)
    .join(' & ');
}

/** The usual capitalisation of header names. */
export function headerName(name: string): string {
  return name.replaceAll(
    /(^|-)([a-z])/g,
    (_all, dash: string, letter: string) => `${dash}${letter.toUpperCase()}`,
  );
}
