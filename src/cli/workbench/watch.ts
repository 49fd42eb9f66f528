import { EVALUATIONS, type EvaluationStep } from '../../dialects/mapped/named-expression.js';
import { LOGINS, type LoginEvent } from '../../credentials/login/steps/login-trace.js';
import { type HeldToken } from '../../credentials/login/tokens/lease.js';
import { HELD_TOKENS, type TokenStore } from '../../credentials/login/tokens/token-leases.js';
import { EXCHANGES, type ExchangeEvent } from '../../upstream/watched-exchange.js';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';
import { type Masker, maskSecret } from './masker.js';
import { ReceivedBody, documentOf } from './received-body.js';
import { type Timeline } from './timeline.js';

/** Headers about the connection, or without useful information. */
const DULL = new Set([
  'connection',
  'date',
  'keep-alive',
  'transfer-encoding',
  'x-powered-by',
  'vary',
  'etag',
]);
const STORES: Readonly<Record<TokenStore, string>> = {
  shared: 'the shared cache (Redis); no login was needed',
  memory: 'memory; no login was needed',
};
const NOTHING = '(nothing)';
/** Expressions whose results are secrets. */
const SECRET_RESULT = /^(token|keep\.|call_)/;

/** Records the events that parts of the gateway report during a call. */
export class Watch {
  #body: ReceivedBody | undefined;
  readonly #shownTokens = new Set<string>();
  /** The last input of each mapping expression, by name. */
  readonly inputs = new Map<string, unknown>();

  constructor(
    private readonly timeline: Timeline,
    private readonly masker: Masker,
    /** Shown as the lifetime of a token if the login states none. */
    private readonly defaultLifetime: string,
  ) {}

  /**
   * Records everything that is published from now on, so only one call may run.
   * @returns a function that stops it
   */
  start(): () => void {
    const ends = [
      EXCHANGES.watch((event) => this.#exchange(event)),
      LOGINS.watch(({ event, secrets }) => this.#login(event, secrets)),
      HELD_TOKENS.watch(({ from, held }) => this.#held(from, held)),
      EVALUATIONS.watch((step) => this.#expression(step)),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  #login(event: LoginEvent, secrets: readonly string[]): void {
    this.masker.add(secrets);
    if (event.kind === 'token') {
      this.masker.add([event.token]);
      const { token, lifetimeMs, source, hint } = event;
      const from = source === undefined ? '' : ` (${source})`;
      this.#shownTokens.add(token);
      this.timeline.add('token', {
        found: maskSecret(token),
        lifetime:
          lifetimeMs === undefined ? this.defaultLifetime : `${Math.round(lifetimeMs / 1000)} s${from}`,
        ...(hint !== undefined && { hint }),
      });
      return;
    }
    const name = event.step === '' ? undefined : event.step;
    switch (event.kind) {
      case 'sent': {
        const { method, url, headers, body } = event.request;
        this.timeline.add('login_request', { method, address: url, headers, body: bodyOf(body) }, { name });
        return;
      }
      case 'answered': {
        const { status, headers, cookies, body } = event.answer;
        this.masker.add(Object.values(cookies));
        this.masker.addNamed(body);
        const cookie = Object.keys(cookies).length > 0 ? { cookies } : {};
        this.timeline.add(
          'login_answer',
          { status, headers: telling(headers), ...cookie, body },
          { name, isLogin: true },
        );
        return;
      }
      default:
        this.#loginExpression(event);
    }
  }

  /**
   * Records a token for which no login was needed: a repeated call finds the token of the previous
   * one.
   */
  #held(from: TokenStore, { token, expiresAtMs }: HeldToken): void {
    if (this.#shownTokens.has(token)) return;
    this.#shownTokens.add(token);
    this.masker.add([token]);
    this.timeline.add('token', {
      found: maskSecret(token),
      from: STORES[from],
      lifetime: `${Math.round((expiresAtMs - Date.now()) / 1000)} s left`,
    });
  }

  #expression({ name, input, result, error }: EvaluationStep): void {
    this.inputs.set(name, input);
    if (error === undefined) this.timeline.add('expression', { input, result: orNothing(result) }, { name });
  }

  #exchange(event: ExchangeEvent): void {
    switch (event.kind) {
      case 'sent':
        this.request(event.request);
        return;
      case 'answered': {
        const body = new ReceivedBody(String(event.headers['content-type'] ?? ''));
        this.#body = body;
        const headers = telling(event.headers);
        this.timeline.add('chat_answer', { status: event.status, headers, received: body });
        return;
      }
      case 'data':
        this.#body?.add(event.chunk);
    }
  }

  request({ method, url, headers, body, upload, credential, credentials }: UpstreamRequest): void {
    this.masker.add([credential, ...(credentials ?? [])]);
    const shown =
      upload === undefined ? bodyOf(body.toString()) : `(a form of ${upload.length ?? '?'} bytes)`;
    this.timeline.add('chat_request', { method, address: url, headers, body: shown });
  }

  #loginExpression(event: Extract<LoginEvent, { kind: 'expression' | 'failed expression' }>): void {
    const name = `login.${event.name}`;
    const { source, input } = event;
    const about = { name: event.step === '' ? name : `${name} (${event.step})`, isLogin: true };
    if (event.kind === 'expression') {
      const { result } = event;
      const isSecret = SECRET_RESULT.test(event.name) && typeof result === 'string' && result !== '';
      if (isSecret) this.masker.add([result]);
      const shown = isSecret ? maskSecret(result) : orNothing(result);
      this.timeline.add('expression', { expression: source, input, result: shown }, about);
      return;
    }
    // The expression ran, but its result is unusable, which is reported once.
    const before = this.timeline.latest('expression');
    if (before?.name === about.name) this.timeline.remove(before);
    this.timeline.add('expression', { expression: source, input, problem: event.problem }, about);
  }
}

function orNothing(result: unknown): unknown {
  return result === undefined ? NOTHING : result;
}

function bodyOf(text: string | undefined): unknown {
  return text === undefined || text === '' ? '(none)' : documentOf(text);
}

function telling(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !DULL.has(name)));
}
