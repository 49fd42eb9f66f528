import { type CallTrace } from '../calls/call-trace.js';
import { type RequestDraft, type UpstreamRequest } from '../upstream/upstream-request.js';
import { type TokenState } from './token-state.js';

/** An operator's wish to have a login tried in spite of its pause: once for each account. */
export interface ForcedLogin {
  /** Least time between two forced tries of one login, in milliseconds, no matter who forces them. */
  readonly spacingMs: number;
  /** Keys of the recipes that were tried. */
  readonly tried: Set<string>;
}

/** What a credential may know of the call that is to show it. */
export interface CredentialUse {
  /** Set for a test whose operator wants a login tried that is backing off. */
  readonly forcedLogin?: ForcedLogin;
  /** Undefined where the call is not traced. */
  readonly trace?: CallTrace;
}

/** How a service says that a credential is no longer good. */
export interface CredentialRefusal {
  /** Whether judging a body could take long on some bodies. */
  readonly needsEvaluator: boolean;
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

/** What requests show upstream: a key that is written down, or one that a login hands out. One for each upstream. */
export interface Credential {
  /** What of a response says that the credential was refused; undefined: status 401. */
  readonly refusedWhen: CredentialRefusal | undefined;
  /** Whether expressions of a login, or of `refusedWhen`, could take long on some inputs. */
  readonly needsEvaluator: boolean;

  /**
   * What the requests of one attempt show; a promise where it may have to be fetched.
   * @throws UpstreamError when it cannot be had
   */
  obtain(use?: CredentialUse): Access | Promise<Access>;

  /** Like `obtain`, without a call: a placeholder takes the place of what a login would have brought. */
  rehearse(): Access | Promise<Access>;

  /** The state of a login's token; undefined where none is used. */
  state(): TokenState | undefined;
}

/** A credential at one moment. What becomes of the requests that show it is reported to it. */
export interface Access {
  /** What a login kept for the expressions of a mapping; as secret as the token. */
  readonly kept: Readonly<Record<string, unknown>>;

  /** @param request may be written to. @returns the request with the credential */
  attach(request: RequestDraft): UpstreamRequest | Promise<UpstreamRequest>;

  /**
   * A request was refused.
   * @returns true when a fresh credential can be obtained, and the request sent once more; false where it cannot be
   * renewed
   * @throws UpstreamError when renewing failed
   */
  renew(trace?: CallTrace): Promise<boolean>;

  /** A request was refused that repeats one after a renewal: the credential is dropped, and not renewed. */
  refusedAgain(): Promise<void>;

  /** A request succeeded: the credential is good. */
  worked(): void;
}
