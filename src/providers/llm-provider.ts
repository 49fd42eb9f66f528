import { type Type } from '@nestjs/common';
import { type ModelConfig } from '../config/model.config.js';
import { type ChatRequest } from '../dialects/openai-chat/chat-request.js';
import { type AnswerDialect } from '../dialects/answer-dialect.js';
import { type CallTrace } from '../calls/call-trace.js';
import { type LoginTrace } from '../credentials/login/steps/login-trace.js';
import { type ForcedLogin } from '../credentials/login/token-leases.js';
import { type TokenState } from '../credentials/login/token-state.js';
import { type UpstreamRequest } from '../upstream/upstream-request.js';

/** One chat call on its way to a model: what the caller asked, and what it lets through to the upstream. */
export interface ChatCall {
  readonly request: ChatRequest;
  /** The caller's headers that go up, lower-case names; never its key or cookies. */
  readonly headers: Readonly<Record<string, string>>;
  /** Set for a model test, which is let through an open circuit breaker. */
  readonly isTest: boolean;
  /** Set for a test whose operator wants a login tried that is backing off. */
  readonly forcedLogin?: ForcedLogin;
  /** Undefined where the call is not traced. */
  readonly trace?: CallTrace;
}

/** How a service says that a credential is no longer good. */
export interface CredentialRefusal {
  saysStatus(status: number): boolean;
  /** Whether JSON answers are looked into, those with a good status too. */
  readonly looksAtBody: boolean;
  /**
   * @param answer `body` is parsed JSON, `owner` the client whose call it is
   * @throws GatewayError when that cannot be told
   */
  saysBody(answer: {
    readonly status: number;
    readonly body: unknown;
    readonly owner: string;
  }): Promise<boolean>;
}

/**
 * The port: one strategy class per model type, chosen by the YAML word `type`, holding no state of a call. It says
 * how a call is prepared; sending, clocks, retries and relaying stand once, elsewhere, and know no type.
 */
export interface LlmProvider<Config extends ModelConfig = ModelConfig> {
  /**
   * Address, headers with the credential, and body bytes for the upstream.
   * @throws UpstreamError when no credential can be had
   */
  prepare(call: ChatCall, model: Config): UpstreamRequest | Promise<UpstreamRequest>;

  /**
   * Like `prepare`, and calls nothing: a placeholder stands for what a login would have brought. Absent where
   * `prepare` calls nothing anyway.
   * @param trace told of the login's requests
   */
  rehearse?(call: ChatCall, model: Config, trace: LoginTrace): Promise<UpstreamRequest>;

  /** What of an answer says that the credential was refused; undefined, or absent: status 401. */
  refusal?(model: Config): CredentialRefusal | undefined;

  /**
   * The upstream refused the credential of `request`. Absent where a credential cannot be renewed.
   * @returns true when a fresh one is ready and the call may be prepared and sent once more
   * @throws UpstreamError when renewing failed
   */
  renewCredential?(request: UpstreamRequest, model: Config, trace?: CallTrace): Promise<boolean>;

  /** The call that `renewCredential` had repeated was refused as well: that credential is dropped, and not renewed. */
  credentialRefusedAgain?(request: UpstreamRequest, model: Config): Promise<void>;

  /** How this model's answers are to be read; absent or undefined where they are OpenAI's already. */
  dialect?(model: Config): AnswerDialect | undefined;

  /** The state of a login's token; absent or undefined where none is used. */
  tokenState?(model: Config): TokenState | undefined;

  /**
   * Makes sure that there is a token, by a login where none is held. Absent where none is used.
   * @throws UpstreamError when none can be had
   */
  obtainToken?(model: Config): Promise<void>;

  /** A call with this request succeeded: its credential is good. */
  credentialWorked?(request: UpstreamRequest, model: Config): void;
}

/** A provider class as the list of types names it. */
export interface LlmProviderType extends Type<LlmProvider> {
  /** The word in YAML: the group under `models:` and the entry's `type`. */
  readonly type: string;
  /** Describes and checks the YAML entry. */
  readonly Config: new () => ModelConfig;
}
