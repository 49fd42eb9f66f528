import { type CurlRequest } from '../curl/curl-request.js';
import { type Leaf, leavesOf, nameOf } from '../leaves.js';
import { isNamed, plainName } from '../words.js';

/** User name and password as the commands of a login send them. */
export interface Account {
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The names of their fields. */
  readonly usernameField: string | undefined;
  readonly passwordField: string | undefined;
}

/** Fields that may be the user name, the likeliest first. */
const USER_ORDER = [/user|login|account|email|mail|phone|mobile/, /client|app|corp|key|ak/, /./];
const PASSWORD_ORDER = [/pass|pwd|pw/, /secret|credential|pin/, /./];

/** The fields of a request, in all its parts. */
export function fieldsOf(request: CurlRequest): Leaf[] {
  const { body, url } = request;
  const query = [...url.searchParams].map(([name, value]): Leaf => ({ path: [name], name, value }));
  if (body === undefined || body.kind === 'text') return query;
  if (body.kind === 'form')
    return [...query, ...body.fields.map(([name, value]): Leaf => ({ path: [name], name, value }))];
  return [...query, ...leavesOf(body.value).map((leaf) => ({ ...leaf, name: nameOf(leaf.path) }))];
}

/**
 * Recognises user name and password by the names of their fields, in the last step that has them.
 */
export function readAccount(requests: readonly CurlRequest[]): Account {
  const basic = requests.findLast(({ user }) => user !== undefined)?.user;
  if (basic !== undefined)
    return {
      username: basic.name,
      password: basic.password,
      usernameField: undefined,
      passwordField: undefined,
    };
  const fields = requests
    .toReversed()
    .flatMap(fieldsOf)
    .filter(({ value }) => typeof value === 'string' && value !== '');
  const password =
    best(fields, (name) => isNamed('password', name), PASSWORD_ORDER) ??
    best(fields, (name) => isNamed('key', name), PASSWORD_ORDER);
  const username = best(
    fields.filter((field) => field !== password),
    (name) => isNamed('user', name) && name !== password?.name,
    USER_ORDER,
  );
  return {
    username: username === undefined ? undefined : String(username.value),
    password: password === undefined ? undefined : String(password.value),
    usernameField: username?.name,
    passwordField: password?.name,
  };
}

function best(
  fields: readonly Leaf[],
  isOne: (name: string) => boolean,
  order: readonly RegExp[],
): Leaf | undefined {
  const found = fields.filter(({ name }) => isOne(name));
  for (const kind of order) {
    const first = found.find(({ name }) => kind.test(plainName(name)));
    if (first !== undefined) return first;
  }
  return undefined;
}
