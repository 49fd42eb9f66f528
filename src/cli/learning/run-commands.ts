import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saysFailure } from './chat/envelope.js';
import { CommandError } from '../command-error.js';
import { type CurlRequest } from './curl/curl-request.js';
import { type RecordedAnswer, readAnswer } from './curl/recorded-answer.js';
import { type Exchange } from './exchange.js';
import { type Part } from './exchanges.js';
import { leavesOf, nameOf } from './leaves.js';
import { type Source, likelyToken, sourcesOf } from './login/links.js';
import { isNamed } from './words.js';

const MOST_SECONDS = 120;
const MOST_POLLS = 30;
const POLL_MS = 1000;
const FINISHED = /^(?:succe.*|complete.*|done|finish.*|fail.*|error|true)$/i;

/**
 * Runs the commands in order with the installed curl, and records their responses. Values of an
 * earlier session, such as its token and cookies, are replaced by those of the new responses.
 * @throws CommandError if curl fails
 */
export async function runCommands(
  commands: Readonly<Record<Part, readonly CurlRequest[]>>,
): Promise<Record<Part, Exchange[]>> {
  const login: Exchange[] = [];
  const sources: Source[] = [];
  for (const [index, command] of commands.login.entries()) {
    const request = renewed(command, sources);
    const answer = await run(request);
    sources.push(...sourcesOf(answer, index));
    login.push({ request, answer, others: {} });
  }
  const chat: Exchange[] = [];
  for (const command of commands.chat) {
    const request = renewed(command, sources);
    const answer = await run(request);
    const expired = chat.length === 0 ? await refusalOf(request, sources) : undefined;
    chat.push({ request, answer, others: expired === undefined ? {} : { expired } });
  }
  return { login, chat, poll: await runPolls(commands.poll, chat, sources) };
}

/**
 * The service's response to an invalid token; undefined if the service accepts it, or no token is
 * known.
 */
async function refusalOf(
  request: CurlRequest,
  sources: readonly Source[],
): Promise<RecordedAnswer | undefined> {
  const token = likelyToken(sources)?.value;
  if (token === undefined) return undefined;
  const spoilt = (text: string): string =>
    text.replace(token, `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`);
  const spoiltAll = (values: ReadonlyMap<string, string>): Map<string, string> =>
    new Map([...values].map(([name, value]) => [name, spoilt(value)]));
  const url = new URL(request.url);
  for (const [name, value] of request.url.searchParams) url.searchParams.set(name, spoilt(value));
  const headers = spoiltAll(request.headers);
  const answer = await run({ ...request, url, headers, cookies: spoiltAll(request.cookies) });
  const isRefused = (answer.status ?? 200) >= 300 || saysFailure(answer.json) !== undefined;
  return isRefused ? answer : undefined;
}

async function runPolls(
  commands: readonly CurlRequest[],
  chat: readonly Exchange[],
  sources: readonly Source[],
): Promise<Exchange[]> {
  const submitted = leavesOf(chat[0]?.answer?.json);
  const id = submitted.find(
    ({ name, value }) => typeof value !== 'boolean' && (isNamed('id', name) || /.id$/i.test(name)),
  );
  const polls: Exchange[] = [];
  for (const command of commands) {
    const request = withId(renewed(command, sources), id === undefined ? undefined : String(id.value));
    const others: Record<string, RecordedAnswer> = {};
    let answer = await run(request);
    for (let asked = 1; asked < MOST_POLLS && isRunning(answer); asked += 1) {
      others['running'] ??= answer;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      answer = await run(request);
    }
    polls.push({ request, answer, others });
  }
  return polls;
}

function isRunning({ json }: RecordedAnswer): boolean {
  const states = leavesOf(json).filter(({ name, value }) => isNamed('job', name) && value !== null);
  return states.length > 0 && !states.some(({ value }) => FINISHED.test(String(value)));
}

/**
 * The poll for a job: its id replaces the last part of the path, unless the address contains it
 * already.
 */
function withId(request: CurlRequest, id: string | undefined): CurlRequest {
  if (id === undefined || request.url.href.includes(encodeURIComponent(id))) return request;
  const url = new URL(request.url);
  url.pathname = url.pathname.replace(/[^/]*$/, encodeURIComponent(id));
  return { ...request, url };
}

/** The request with this session's credential in place of the recorded one. */
function renewed(request: CurlRequest, sources: readonly Source[]): CurlRequest {
  if (sources.length === 0) return request;
  const known = (text: string): boolean =>
    sources.some(({ value }) => value.length > 5 && text.includes(value));
  const token = likelyToken(sources);
  const headers = new Map(request.headers);
  for (const [name, value] of headers) {
    if (known(value)) continue;
    const same = sources.findLast(
      (source) => source.name.toLowerCase() === name || `x-${nameOf([source.name]).toLowerCase()}` === name,
    );
    if (name === 'authorization' && token !== undefined)
      headers.set(
        name,
        value.replace(/^(\S+\s+)?[^]*$/, (_all, scheme: string = '') => scheme + token.value),
      );
    else if (same !== undefined) headers.set(name, same.value);
    else if (token !== undefined && /token|session|ticket|auth/.test(name)) headers.set(name, token.value);
  }
  const cookies = new Map(request.cookies);
  for (const { isCookie, name, value } of sources) if (isCookie) cookies.set(name, value);
  const url = new URL(request.url);
  for (const [name, value] of url.searchParams) {
    if (token !== undefined && isNamed('token', name) && !known(value))
      url.searchParams.set(name, token.value);
  }
  return { ...request, headers, cookies, url };
}

async function run({
  at,
  method,
  url,
  headers,
  cookies,
  user,
  bodyText,
  body,
  isUntypedJson,
  isInsecure,
}: CurlRequest): Promise<RecordedAnswer> {
  const options: [string, string][] = [['url', url.href]];
  for (const [name, value] of headers)
    if (name !== 'content-length' && name !== 'accept-encoding')
      options.push(['header', `${name}: ${value}`]);
  if (body?.kind === 'json' && (isUntypedJson || !headers.has('content-type')))
    options.push(['header', 'content-type: application/json']);
  if (cookies.size > 0)
    options.push(['cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')]);
  if (user !== undefined) options.push(['user', `${user.name}:${user.password}`]);
  if (bodyText !== undefined) options.push(['data-binary', '@-']);
  const args = [
    '--silent',
    '--show-error',
    '--include',
    '--no-buffer',
    '--max-time',
    String(MOST_SECONDS),
    '--request',
    method,
  ];
  if (isInsecure) args.push('--insecure');
  // Every user of the machine can see arguments in the process list, so secrets are passed in a
  // private file.
  const folder = mkdtempSync(join(tmpdir(), 'llm-gateway-learn-'));
  try {
    const file = join(folder, 'options');
    writeFileSync(file, options.map(([name, value]) => `${name} = ${quoted(value)}\n`).join(''), {
      mode: 0o600,
    });
    return readAnswer(await spawned('curl', [...args, '--config', file], bodyText ?? '', at), at);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Quotes a value for curl's configuration file: https://curl.se/docs/manpage.html#-K */
function quoted(value: string): string {
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}

function spawned(file: string, args: readonly string[], input: string, at: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'pipe' });
    const output: Buffer[] = [];
    let problem = '';
    child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (problem += text));
    child.stdin.on('error', () => undefined);
    child.once('error', (cause) =>
      reject(
        new CommandError(
          `cannot run curl (${(cause as NodeJS.ErrnoException).code}): install it, or record the responses`,
          { cause },
        ),
      ),
    );
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(output).toString());
      else reject(new CommandError(`${at}: curl failed (${code}): ${problem.trim()}`));
    });
    child.stdin.end(input);
  });
}
