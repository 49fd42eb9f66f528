import { CommandError } from '../command-error.js';
import { addAnswers } from './chat/answers.js';
import { saysFailure } from './chat/envelope.js';
import { COMPLETIONS, bodyOf, chosenChats, speaksCompletions } from './chats.js';
import { type Exchange } from './exchange.js';
import { Findings } from './findings.js';
import { valueAt } from './leaves.js';
import { learnLogin } from './login/learn-login.js';
import { learnRefusal } from './login/refusal.js';
import { learnHead } from './request/headers.js';
import { learnRequest } from './request/request.js';

/** The commands of a service, each with its recorded responses. */
export interface LearnInput {
  readonly name: string;
  readonly login: readonly Exchange[];
  /** At least one. */
  readonly chat: readonly Exchange[];
  readonly poll: readonly Exchange[];
  /** The question in the chat commands. */
  readonly question?: string;
  /** The password, if the commands contain only a digest of it. */
  readonly knownPassword?: string;
}

/** The model as fields of the YAML, and the findings. */
export interface Learned {
  readonly model: Record<string, unknown>;
  readonly findings: Findings;
}

/**
 * Builds a model of type `request` from the commands of a service.
 * @throws CommandError
 */
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
  addAnswers(model, input.poll, chats, learned.question, findings);
  login?.finish();
  return { model: inOrder(model), findings };
}

/**
 * Refuses a recorded failure, because it shows nothing about successes.
 * @throws CommandError
 */
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
