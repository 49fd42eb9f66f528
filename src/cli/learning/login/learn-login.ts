import { type CurlRequest } from '../curl/curl-request.js';
import { type Exchange } from '../exchange.js';
import { type Findings } from '../findings.js';
import { readEnvelope } from '../chat/envelope.js';
import { isNamed } from '../words.js';
import { readAccount } from './account.js';
import { Keeps } from './keeps.js';
import { learnLifetime } from './lifetime.js';
import { type StepFields, learnStep } from './login-step.js';
import { type Source, sourcesOf } from './links.js';
import { carryApart, fixedHeaders, guessCarry, guessToken } from './token-guess.js';
import { learnTokenUse } from './token-use.js';

/** The findings about the commands of a login. */
export interface LearnedLogin {
  /** Fields of the model: `username`, `password`, `login`. */
  readonly model: Record<string, unknown>;
  readonly keeps: Keeps;
  /** The parts of the chat command whose values come from the login. */
  readonly explained: ReadonlySet<string>;
  /** Records what the calls turned out to need. */
  finish(): void;
}

export interface LoginContext {
  readonly chat: CurlRequest;
  readonly knownPassword: string | undefined;
  readonly findings: Findings;
  addressOf(url: URL): string;
}

/** Hours after which a token is renewed if the service does not state its lifetime. */
const USUAL_HOURS = 8;
const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * Learns the fields of a model that logs in.
 * @param exchanges the steps of a login, in order; at least one
 */
export function learnLogin(exchanges: readonly Exchange[], context: LoginContext): LearnedLogin {
  const { findings, chat } = context;
  const requests = exchanges.map(({ request }) => request);
  const account = readAccount(requests);
  const keeps = new Keeps();
  const isList = exchanges.length > 1;
  const model: Record<string, unknown> = {};
  const { knownPassword } = context;
  if (knownPassword !== undefined) findings.hide(knownPassword);
  if (account.password !== undefined) findings.hide(account.password);
  const steps = exchanges.map(({ request, answer }, index): StepFields => {
    const key = isList ? `login.steps[${index}]` : 'login';
    const step = learnStep(request, index, { ...context, key, account, knownPassword, keeps });
    if (answer !== undefined) keeps.add(sourcesOf(answer, index));
    return step;
  });
  if (account.username !== undefined) {
    model['username'] = findings.variable('USER', 'user name of the login', account.username);
    findings.sure(
      'username',
      account.usernameField === undefined ? 'of HTTP Basic' : `field ${account.usernameField} of the login`,
    );
  }
  if (account.password !== undefined || knownPassword !== undefined) {
    model['password'] = findings.variable(
      'PASSWORD',
      'password of the login',
      account.password ?? knownPassword!,
    );
    findings.sure(
      'password',
      account.passwordField === undefined
        ? knownPassword === undefined
          ? 'of HTTP Basic'
          : 'LEARN_PASSWORD of the environment'
        : `field ${account.passwordField} of the login`,
    );
  }
  if (account.password === undefined && knownPassword === undefined)
    findings.unsure(
      'login',
      'no field of the login was recognised as a password: the login sends constants alone',
    );
  const login: Record<string, unknown> = {};
  const last = exchanges.at(-1)!;
  const isOAuth = !isList && applyPreset(last.request, steps[0]!, login, findings);
  if (isList) login['steps'] = steps;
  else Object.assign(login, steps[0]);
  verdictOf(last, isList ? steps.at(-1)! : login, findings);
  const use = learnTokenUse(chat, exchanges.length - 1, keeps, findings);
  const token = use?.token ?? guessToken(last, chat, exchanges.length - 1, keeps, findings);
  if (use === undefined && token !== undefined) login['token'] = token.expression;
  Object.assign(login, use?.fields);
  const explained = new Set(use?.explained);
  if (use === undefined) {
    const fixed = fixedHeaders(chat, requests);
    if (fixed.length > 0) carryApart(fixed, login, findings);
    else guessCarry(chat, token, login, explained, findings);
  }
  if (isOAuth && login['token'] === 'body.access_token') delete login['token'];
  if (token !== undefined && last.answer !== undefined) {
    const lifetime = learnLifetime(last.answer, token, findings);
    if (!(isOAuth && lifetime['lifetime'] === 'body.expires_in')) Object.assign(login, lifetime);
    if (lifetime['lifetime'] === undefined && findings.unsureOf('token_cache_hours').length > 0)
      model['token_cache_hours'] = USUAL_HOURS;
  }
  noteRefresh(last, isOAuth, keeps.sources, findings);
  model['login'] = login;
  return {
    model,
    keeps,
    explained,
    finish: () => {
      for (const [index, step] of steps.entries()) {
        const keep = keeps.ofStep(index);
        if (Object.keys(keep).length > 0) (isList ? step : login)['keep'] = keep;
      }
    },
  };
}

/** OAuth 2.0 has presets, which also renew with a refresh token. */
function applyPreset(
  request: CurlRequest,
  step: StepFields,
  login: Record<string, unknown>,
  findings: Findings,
): boolean {
  const fields = step['fields'] as Record<string, unknown> | undefined;
  const grant = fields?.['grant_type'];
  const isForm = request.body?.kind === 'form';
  const isBasic = step['send_as'] === 'basic';
  if (!isForm || fields === undefined) return false;
  const preset =
    grant === 'client_credentials' && (isBasic || step['username_field'] === 'client_id')
      ? 'oauth2_client_credentials'
      : grant === 'password' && !isBasic && step['username_field'] === undefined
        ? 'oauth2_password'
        : undefined;
  if (preset === undefined) return false;
  login['preset'] = preset;
  const { grant_type: _grant, ...rest } = fields;
  delete step['fields'];
  if (Object.keys(rest).length > 0) step['fields'] = rest;
  if (isBasic) {
    const { 'content-type': _type, ...headers } = step['headers'] as Record<string, string>;
    delete step['headers'];
    if (Object.keys(headers).length > 0) step['headers'] = headers;
  } else delete step['send_as'];
  delete step['username_field'];
  delete step['password_field'];
  findings.sure('login.preset', `grant_type ${String(grant)} in a form is OAuth 2.0`);
  return true;
}

/** Learns how a response shows that the login succeeded. */
function verdictOf({ answer, others }: Exchange, step: Record<string, unknown>, findings: Findings): void {
  if (answer === undefined) {
    findings.unsure(
      'login.success',
      'no response of the login was recorded: any status below 300 counts as a success',
    );
    return;
  }
  const bad = others['error'];
  if (answer.status !== undefined && REDIRECTS.includes(answer.status)) {
    const target = bad?.headers['location'];
    const word = target === undefined ? 'error' : (/error|fail|denied/i.exec(target)?.[0] ?? target);
    step['success'] =
      `status = ${answer.status} and $not($contains(headers.location, ${JSON.stringify(word)}))`;
    step['message'] = '"wrong user name or password"';
    if (target === undefined)
      findings.unsure(
        'login.success',
        `the login redirects; a failed one was assumed to redirect to an address with "error"`,
      );
    else findings.sure('login.success', 'the login redirects, and the recorded failure does elsewhere');
    return;
  }
  if (answer.json === undefined) return;
  const envelope = readEnvelope([answer.json], bad?.json, 'body');
  if (envelope.flag !== undefined && envelope.succeeded !== undefined) {
    step['success'] = envelope.succeeded;
    findings[envelope.isSure ? 'sure' : 'unsure']('login.success', envelope.why);
  }
  if (
    envelope.message !== undefined &&
    envelope.message !== 'body.message' &&
    envelope.message !== 'body.msg'
  ) {
    step['message'] = envelope.message;
    findings.sure('login.message', `${envelope.message} says the reason of a failure`);
  }
}

function noteRefresh(
  { answer }: Exchange,
  isOAuth: boolean,
  sources: readonly Source[],
  findings: Findings,
): void {
  const refresh = sources.find(({ name }) => isNamed('refresh', name));
  if (answer === undefined || refresh === undefined) return;
  findings.hide(refresh.value);
  const place = refresh.expression;
  findings.sure(
    'login',
    isOAuth
      ? `${place} is used for renewals, as OAuth 2.0 has it`
      : `${place} is not used: the gateway logs in again instead`,
  );
}
