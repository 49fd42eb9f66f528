import { HttpService } from '@nestjs/axios';
import { Injectable } from '@nestjs/common';
import { type AxiosResponse } from 'axios';
import { lastValueFrom } from 'rxjs';
import { isJsonObject, parseJson } from '../protocol/json.js';
import { Connections } from '../upstream/connections.js';
import { SecretRedactor } from '../upstream/secret-redactor.js';
import { type LoginAnswer, readLoginAnswer } from './login-answer.js';
import { type LoginRecipe } from './login-recipe.js';

const LOGIN_TIMEOUT_MS = 10_000;
const MAX_MESSAGE_LENGTH = 300;

/** Why a login won no token. `isRefused`: the service said no, as opposed to being away or broken. */
export class LoginError extends Error {
  constructor(
    message: string,
    readonly isRefused: boolean,
    readonly upstreamStatus?: number,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = LoginError.name;
  }
}

/** Posts a user name and password, and reads the token from the answer. On its own clock, never a caller's. */
@Injectable()
export class LoginClient {
  constructor(
    private readonly http: HttpService,
    private readonly connections: Connections,
    private readonly redactor: SecretRedactor,
  ) {}

  /** @throws LoginError */
  async login(recipe: LoginRecipe): Promise<LoginAnswer> {
    const answer = await this.#post(recipe);
    if (answer.status >= 500) {
      throw new LoginError(`The login service failed (HTTP ${answer.status}).`, false, answer.status);
    }
    if (answer.status >= 300) {
      throw new LoginError(
        `The login was refused (HTTP ${answer.status})${this.#reason(answer.data, recipe)}.`,
        true,
        answer.status,
      );
    }
    const won = readLoginAnswer(answer.data);
    if (won === undefined) {
      throw new LoginError(
        `The login answer holds no token${this.#reason(answer.data, recipe)}.`,
        true,
        answer.status,
      );
    }
    return won;
  }

  async #post(recipe: LoginRecipe): Promise<AxiosResponse<string>> {
    const signal = AbortSignal.timeout(LOGIN_TIMEOUT_MS);
    try {
      return await lastValueFrom(
        this.http.post<string>(
          recipe.url,
          JSON.stringify({ username: recipe.username, password: recipe.password }),
          {
            headers: {
              accept: 'application/json',
              ...recipe.model.headers,
              'content-type': 'application/json',
            },
            dispatcher: this.connections.for(recipe.model),
            signal,
          },
        ),
      );
    } catch (cause) {
      if (signal.aborted) {
        throw new LoginError(
          `The login took longer than ${LOGIN_TIMEOUT_MS / 1000} s.`,
          false,
          undefined,
          cause,
        );
      }
      throw new LoginError(
        `The login service could not be reached (${codeOf(cause)}).`,
        false,
        undefined,
        cause,
      );
    }
  }

  /** What the service said about it, if it said so in the usual places; secrets removed. */
  #reason(body: string, recipe: LoginRecipe): string {
    const json = parseJson(body);
    if (!isJsonObject(json)) return '';
    const said = isJsonObject(json['error']) ? json['error'] : json;
    const words = ['message', 'msg', 'error_description', 'error', 'detail']
      .map((name) => said[name])
      .find((value) => typeof value === 'string' && value !== '');
    if (typeof words !== 'string') return '';
    return `: ${this.redactor
      .redact(words, recipe.password)
      .slice(0, MAX_MESSAGE_LENGTH)
      .replace(/[.\s]+$/, '')}`;
  }
}

function codeOf(cause: unknown): string {
  // Not `instanceof Error`: errors that Node makes inside may come from another realm.
  const { code, name } = (cause ?? {}) as Partial<NodeJS.ErrnoException>;
  return code ?? name ?? 'unknown error';
}
