import { isJsonObject } from '../../protocol/json.js';
import { CommandError } from '../command-error.js';
import { readEnvelope, saysFailure } from './chat/envelope.js';
import { learnHead } from './request/headers.js';
import { findHistory } from './request/history.js';
import { learnPoll } from './chat/poll.js';
import { learnReply } from './chat/reply.js';
import { learnRequest } from './request/request.js';
import { learnStream } from './chat/stream.js';
import { type CurlRequest } from './curl/curl-command.js';
import { type RecordedAnswer } from './curl/recorded-answer.js';
import { type Exchange } from './exchange.js';
import { Findings } from './findings.js';
import { leavesOf, valueAt } from './leaves.js';
import { learnLogin } from './login/learn-login.js';
import { learnRefusal } from './login/refusal.js';
import { isNamed } from './words.js';

/** The commands of a service, each with what was recorded. */
export interface LearnInput {
  readonly name: string;
  readonly login: readonly Exchange[];
  /** At least one. */
  readonly chat: readonly Exchange[];
  readonly poll: readonly Exchange[];
  /** The text that the chat commands ask. */
  readonly question?: string;
  /** A password that no command shows as it is. */
  readonly knownPassword?: string;
}

/** The model in the terms of the YAML, and what was found. */
export interface Learned {
  readonly model: Record<string, unknown>;
  readonly findings: Findings;
}

const COMPLETIONS = /\/chat\/completions$/;
/** Fields of the format of chat completions; with others, the request needs a description. */
const OF_COMPLETIONS: ReadonlySet<string> = new Set(
  (
    'model messages stream temperature top_p max_tokens max_completion_tokens n stop seed user tools tool_choice ' +
    'response_format stream_options presence_penalty frequency_penalty logprobs top_logprobs logit_bias ' +
    'parallel_tool_calls reasoning_effort metadata store'
  ).split(' '),
);

/** Makes a model of type `request` out of the commands of a service. @throws CommandError */
export function learn(input: LearnInput): Learned {
  const findings = new Findings(input.name);
  for (const exchange of [...input.login, ...input.chat, ...input.poll]) refuseFailure(exchange);
  const chats = chosenChats(input.chat, findings);
  const chat = (chats.plain ?? chats.streamed)!.request;
  const isOpen = speaksCompletions(chats);
  const origin = findings.withDefault('URL', 'address of the service', chat.url.origin);
  const login =
    input.login.length === 0
      ? undefined
      : learnLogin(input.login, {
          chat,
          knownPassword: input.knownPassword,
          findings,
          addressOf: (url) => {
            if (url.origin !== chat.url.origin)
              return findings.withDefault('LOGIN_URL', 'address of the login', url.origin);
            return isOpen ? origin : '';
          },
        });
  const head = learnHead(
    chat,
    login?.explained,
    findings,
    chats.plain === undefined ? undefined : chats.streamed?.request,
  );
  const model: Record<string, unknown> = {
    name: input.name,
    base_url: origin,
    ...login?.model,
    ...head.model,
  };
  if (login !== undefined) {
    const block = model['login'] as Record<string, unknown>;
    const isForm = typeof block['success'] === 'string' && block['success'].startsWith('status =');
    const refused = learnRefusal(input.chat, isForm, findings);
    if (refused !== undefined) block['refused_when'] = refused;
  }
  sayInsecure([...input.login, ...input.chat, ...input.poll], findings);
  if (isOpen) {
    model['base_url'] = origin + chat.url.pathname.replace(COMPLETIONS, '');
    model['model_name'] = valueAt(bodyOf(chat), ['model']);
    findings.sure('base_url', "requests and responses are in OpenAI's format, so nothing is described");
    const query = Object.fromEntries(
      [...chat.url.searchParams].filter(([name]) => login?.explained.has(`query ${name}`) !== true),
    );
    if (Object.keys(query).length > 0) model['query'] = query;
    if (Object.keys(head.perCall).length > 0) Object.assign(model, { request: { headers: head.perCall } });
    login?.finish();
    return { model: inOrder(model), findings };
  }
  const learned = learnRequest(
    { plain: chats.plain?.request, streamed: chats.streamed?.request },
    { findings, keeps: login?.keeps, explained: login?.explained ?? new Set(), question: input.question },
  );
  findings.sure('base_url', 'the host of the chat command');
  if (learned.modelName !== undefined) model['model_name'] = learned.modelName;
  if (Object.keys(learned.settings).length > 0) model['settings'] = learned.settings;
  const { body, content_type: type, ...address } = learned.request;
  Object.assign(model, {
    request: {
      ...address,
      ...(Object.keys(head.perCall).length > 0 && { headers: head.perCall }),
      ...(body !== undefined && { body }),
      ...(type !== undefined && { content_type: type }),
    },
  });
  addAnswers(model, input, chats, learned.question, findings);
  login?.finish();
  return { model: inOrder(model), findings };
}

/** A failure teaches nothing about successes. @throws CommandError */
function refuseFailure({ request, answer }: Exchange): void {
  if (answer === undefined) return;
  const problem =
    answer.status !== undefined && answer.status >= 400
      ? `it is HTTP ${answer.status}`
      : saysFailure(answer.json);
  if (problem === undefined) return;
  throw new CommandError(
    `${answer.file}: the response to ${request.at} is a failure (${problem}); record a success, and this one as *.error.* or *.expired.*`,
  );
}

/** A recorded failure under HTTP 200; that of an ended token has the same envelope as others. */
function failureOf({ others }: Exchange): RecordedAnswer | undefined {
  const { error, expired } = others;
  return error ?? (expired?.json !== undefined && (expired.status ?? 200) < 300 ? expired : undefined);
}

interface Chats {
  readonly plain: Exchange | undefined;
  readonly streamed: Exchange | undefined;
}

/** One command for each form of the response. */
function chosenChats(exchanges: readonly Exchange[], findings: Findings): Chats {
  const ofForm = (isStream: boolean): Exchange | undefined => {
    const found = exchanges.filter((exchange) => isStreamed(exchange, exchanges) === isStream);
    const chosen = found.find(({ request }) => findHistory(bodyOf(request)) !== undefined) ?? found[0];
    for (const other of found)
      if (other !== chosen)
        findings.sure(
          undefined,
          `${other.request.at} is of the same form as ${chosen!.request.at}, and was not used`,
        );
    return chosen;
  };
  const chats = { plain: ofForm(false), streamed: ofForm(true) };
  const { plain, streamed } = chats;
  if (
    plain !== undefined &&
    streamed !== undefined &&
    plain.request.url.origin !== streamed.request.url.origin
  )
    throw new CommandError(
      `${streamed.request.at}: the commands with and without a stream have different hosts`,
    );
  return chats;
}

function isStreamed({ answer, request }: Exchange, all: readonly Exchange[]): boolean {
  if (answer !== undefined && answer.format !== 'empty') {
    if (answer.format === 'text')
      return all.length === 1 || all.some((other) => other.answer?.format === 'json');
    return answer.format !== 'json' || /ndjson|event-stream/.test(answer.headers['content-type'] ?? '');
  }
  return [...leavesOf(bodyOf(request)), ...leavesOf(Object.fromEntries(request.url.searchParams))].some(
    ({ name, value }) =>
      isNamed('stream', name) && (value === true || /^(?:true|1|streaming|stream|sse)$/.test(String(value))),
  );
}

function bodyOf({ body }: CurlRequest): unknown {
  if (body?.kind === 'json') return body.value;
  return body?.kind === 'form' ? Object.fromEntries(body.fields) : undefined;
}

/** Whether requests and recorded responses are in the format of chat completions. */
function speaksCompletions({ plain, streamed }: Chats): boolean {
  return [plain, streamed].every((chat) => {
    if (chat === undefined) return true;
    const body = bodyOf(chat.request);
    if (!COMPLETIONS.test(chat.request.url.pathname) || !isJsonObject(body)) return false;
    if (!Array.isArray(body['messages']) || typeof body['model'] !== 'string') return false;
    if (!Object.keys(body).every((name) => OF_COMPLETIONS.has(name))) return false;
    const { answer } = chat;
    if (answer === undefined || answer.format === 'empty') return true;
    if (answer.json !== undefined)
      return typeof valueAt(answer.json, ['choices', 0, 'message', 'content']) === 'string';
    return answer.events.some(
      ({ data }) => typeof valueAt(data, ['choices', 0, 'delta', 'content']) === 'string',
    );
  });
}

function addAnswers(
  model: Record<string, unknown>,
  { poll }: LearnInput,
  { plain, streamed }: Chats,
  question: string,
  findings: Findings,
): void {
  if (poll.length > 0) {
    const submission = (plain ?? streamed)!;
    model['poll'] = learnPoll(poll, submission, findings);
    const last = poll.at(-1)!;
    if (last.answer?.json === undefined) unknownText(model, 'response', findings);
    else
      model['response'] = learnReply(last.answer, submission.others['error'] ?? last.others['error'], {
        findings,
        question,
        streamedText: undefined,
        others: [last.others['running']?.json, submission.answer?.json].filter((one) => one !== undefined),
      });
    return;
  }
  const stream =
    streamed?.answer === undefined || streamed.answer.format === 'empty' || streamed.answer.format === 'json'
      ? undefined
      : learnStream(
          streamed.answer,
          // What a service says instead of a response, it says in its streams, too.
          failureOf(streamed) ?? (plain && failureOf(plain)),
          question,
          findings,
          plain?.answer?.json === undefined
            ? undefined
            : readEnvelope([plain.answer.json], failureOf(plain)?.json),
        );
  if (plain?.answer?.json !== undefined)
    model['response'] = learnReply(plain.answer, failureOf(plain), {
      findings,
      question,
      streamedText: stream?.text,
    });
  else if (plain !== undefined) unknownText(model, 'response', findings);
  if (stream !== undefined) model['stream'] = stream.stream;
  else if (streamed !== undefined) unknownText(model, 'stream', findings);
  if (plain === undefined)
    findings.sure(
      'stream',
      'every chat command asks for a stream, so the gateway makes whole responses of streams',
    );
  else if (streamed === undefined)
    findings.sure(
      'response',
      'no chat command asks for a stream, so the gateway makes streams of whole responses',
    );
}

/** Nothing was recorded: the usual names of a reply are tried. */
function unknownText(model: Record<string, unknown>, block: 'response' | 'stream', findings: Findings): void {
  const root = block === 'stream' ? 'data.' : '';
  const places = [
    'answer',
    'text',
    'content',
    'result',
    'response',
    'reply',
    'output',
    'data.answer',
    'data.content',
    'result.content',
  ];
  model[block] = { text: `[${places.map((place) => root + place).join(', ')}][$type($) = "string"][0]` };
  findings.unsure(
    `${block}.text`,
    'no response was recorded (--answers, or --run): the first text under a usual name is taken',
  );
}

function sayInsecure(exchanges: readonly Exchange[], findings: Findings): void {
  const insecure = exchanges.find(({ request }) => request.isInsecure);
  if (insecure !== undefined)
    findings.unsure(
      'base_url',
      `${insecure.request.at} does not check the certificate (--insecure): set tls.ca_file`,
    );
}

const ORDER = (
  'name base_url model_name token username password token_cache_hours headers query settings upstream_mode login ' +
  'request poll response stream'
).split(' ');

function inOrder(model: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(ORDER.filter((key) => model[key] !== undefined).map((key) => [key, model[key]]));
}
