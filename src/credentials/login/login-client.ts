import { type IncomingHttpHeaders } from 'node:http';
import { HttpService } from '@nestjs/axios';
import { Injectable } from '@nestjs/common';
import { type AxiosResponse } from 'axios';
import { lastValueFrom } from 'rxjs';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { Connections } from '../../upstream/pool/connections.js';
import { SecretRedactor } from '../../upstream/secret-redactor.js';
import { judgeReply, reasonOf, verdictOn } from './steps/judge-reply.js';
import { callExtras, keepValues } from './steps/kept-values.js';
import { type LoginStep } from './steps/login-plan.js';
import { type LoginReply, type LoginRequest, readReply } from './steps/login-exchange.js';
import { buildLoginRequest } from './steps/login-request.js';
import { LoginScope } from './steps/login-scope.js';
import { isCarriable, readLifetime, readToken } from './steps/token/read-token.js';
import { type LoginAnswer } from './login-answer.js';
import { LoginError } from './login-error.js';
import { type LoginRecipe } from './login-recipe.js';
import { type TokenSource } from './token-source.js';

const LOGIN_TIMEOUT_MS = 10_000;
const JUDGED_BY_STATUS = { success: undefined, message: undefined };

export interface LoginOptions {
  /** From the previous login; used if the recipe can refresh. */
  readonly refreshToken?: string;
}

/** Performs the steps of a login. They share one timeout of their own, never that of a call. */
@Injectable()
export class LoginClient {
  constructor(
    private readonly http: HttpService,
    private readonly connections: Connections,
    private readonly redactor: SecretRedactor,
  ) {}

  /** @throws LoginError */
  async login(recipe: LoginRecipe, { refreshToken }: LoginOptions = {}): Promise<LoginAnswer> {
    const signal = AbortSignal.timeout(LOGIN_TIMEOUT_MS);
    if (recipe.source !== undefined) return this.#obtain(recipe, recipe.source, signal);
    const { steps, refresh } = recipe.plan;
    if (refreshToken !== undefined && refresh !== undefined) {
      try {
        const scope = new LoginScope({ ...recipe.account, refreshToken }, 'The token refresh');
        const won = await this.#walk(recipe, [refresh], scope, signal);
        return { refreshToken, ...won };
      } catch (error) {
        // A refresh token may expire early; the password still works.
        if (!(error instanceof LoginError && error.isRefused)) throw error;
      }
    }
    return this.#walk(recipe, steps, new LoginScope(recipe.account, ''), signal);
  }

  async #walk(
    recipe: LoginRecipe,
    steps: readonly LoginStep[],
    scope: LoginScope,
    signal: AbortSignal,
  ): Promise<LoginAnswer> {
    let reply: LoginReply | undefined;
    for (const [index, step] of steps.entries()) {
      if (steps.length > 1) scope.step = `Login step ${index + 1} of ${steps.length}`;
      reply = await this.#take(recipe, step, scope, signal);
    }
    return this.#collect(recipe, reply!, scope);
  }

  /** Obtains a token from a source. Its requests are sent and judged like those of a step. */
  async #obtain(recipe: LoginRecipe, source: TokenSource, signal: AbortSignal): Promise<LoginAnswer> {
    const scope = new LoginScope(recipe.account, '');
    const { token, lifetimeMs } = await source.obtain(async (request, secrets) => {
      scope.hide(secrets);
      scope.report({ kind: 'sent', step: scope.step, request });
      const { status, headers, data } = await this.#send(request, recipe, scope, signal);
      const reply = readReply(status, headers as IncomingHttpHeaders, {}, data);
      scope.took(reply);
      await judgeReply(JUDGED_BY_STATUS, reply, scope, this.redactor);
      return reply;
    });
    if (token === undefined || !isCarriable(token))
      throw scope.error('The login response holds no token that a header can carry', { isRefused: true });
    scope.hide(token);
    scope.report({ kind: 'token', token, lifetimeMs });
    return { token, lifetimeMs };
  }

  /** One step: sends the request, judges the response, captures values. */
  async #take(
    recipe: LoginRecipe,
    step: LoginStep,
    scope: LoginScope,
    signal: AbortSignal,
  ): Promise<LoginReply> {
    const request = await buildLoginRequest(step, recipe.model, scope);
    const { status, headers, data } = await this.#send(request, recipe, scope, signal);
    const setCookie = headers['set-cookie'] as string | readonly string[] | undefined;
    scope.cookies.take(request.url, typeof setCookie === 'string' ? [setCookie] : (setCookie ?? []));
    const reply = readReply(status, headers as IncomingHttpHeaders, scope.cookies.all(), data);
    scope.took(reply);
    await judgeReply(step, reply, scope, this.redactor);
    await keepValues(step, reply, scope);
    return reply;
  }

  /** The token and the rest of the login's result, from the last response. */
  async #collect({ plan }: LoginRecipe, reply: LoginReply, scope: LoginScope): Promise<LoginAnswer> {
    const token = await readToken(plan, reply, scope);
    if (token === undefined || token === '') {
      throw scope.error('The login response holds no token', {
        ...verdictOn(reply),
        reason: await reasonOf(undefined, reply, scope, this.redactor),
      });
    }
    const { lifetimeMs, source, hint } = await readLifetime(plan, reply, token, scope, Date.now());
    scope.hide(token);
    scope.report({ kind: 'token', token, lifetimeMs, source, hint });
    return { token, lifetimeMs, ...(await callExtras(plan, reply, token, scope)) };
  }

  async #send(
    { method, url, headers, body }: LoginRequest,
    recipe: LoginRecipe,
    scope: LoginScope,
    signal: AbortSignal,
  ): Promise<AxiosResponse<string>> {
    try {
      return await lastValueFrom(
        this.http.request<string>({
          method,
          url,
          headers,
          data: body,
          transformRequest: (data: unknown) => data,
          dispatcher: this.connections.for(recipe.model),
          signal,
        }),
      );
    } catch (cause) {
      const what = signal.aborted
        ? `The login took longer than ${LOGIN_TIMEOUT_MS / 1000} s`
        : cause instanceof UpstreamError && cause.code === 'upstream_invalid_response'
          ? `The login response cannot be read: ${cause.message.replace(/\.$/, '')}`
          : `The login service could not be reached (${codeOf(cause)})`;
      throw scope.error(what, { isRefused: false, cause });
    }
  }
}

function codeOf(cause: unknown): string {
  // Not `instanceof Error`: Node's internal errors may come from another realm.
  const { code, name } = (cause ?? {}) as Partial<NodeJS.ErrnoException>;
  return code ?? name ?? 'unknown error';
}
