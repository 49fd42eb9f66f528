import { type CallTrace } from '../calls/call-trace.js';
import { type RequestDraft, type UpstreamRequest } from '../upstream/upstream-request.js';
import { type TokenState } from './token-state.js';

/** An operator's request to try a login despite its pause, once per account. */
export interface ForcedLogin {
  /**
   * Least time between two forced attempts at one login, in milliseconds, regardless of who
   * requests them.
   */
  readonly spacingMs: number;
  /** Keys of the recipes that were tried. */
  readonly tried: Set<string>;
}

/** The facts about a call that its credential may use. */
export interface CredentialUse {
  /** Set for a test whose operator wants to try a login that is backing off. */
  readonly forcedLogin?: ForcedLogin;
  /** Undefined for a call that is not traced. */
  readonly trace?: CallTrace;
}

/** How a service reports that a credential is no longer valid. */
export interface CredentialRefusal {
  /** Whether judging a body could take long for some bodies. */
  readonly needsEvaluator: boolean;
  saysStatus(status: number): boolean;
  /** Whether JSON responses are examined, including those with a successful status. */
  readonly looksAtBody: boolean;
  /**
   * @param answer `body` is parsed JSON, `owner` the client that makes the call
   * @throws GatewayError if it cannot be judged
   */
  saysBody(answer: {
    readonly status: number;
    readonly body: unknown;
    readonly owner: string;
  }): Promise<boolean>;
}

/**
 * What the gateway authenticates with at one upstream: a configured key, or a token from a login.
 */
export interface Credential {
  /** Decides which responses refuse the credential; undefined: those with status 401. */
  readonly refusedWhen: CredentialRefusal | undefined;
  /** Whether expressions of a login, or of `refusedWhen`, could take long for some inputs. */
  readonly needsEvaluator: boolean;

  /**
   * The access for the requests of one attempt; a promise if it may have to be fetched.
   * @throws UpstreamError if it cannot be obtained
   */
  obtain(use?: CredentialUse): Access | Promise<Access>;

  /** Like `obtain`, but as a dry run: placeholders replace what a login would have returned. */
  rehearse(): Access | Promise<Access>;

  /** The state of a login's token; undefined for other credentials. */
  state(): TokenState | undefined;
}

/** A credential at one point in time. Its users report the outcome of their requests to it. */
export interface Access {
  /** The values that a login captured for the expressions of a mapping; as secret as the token. */
  readonly kept: Readonly<Record<string, unknown>>;

  /**
   * @param request may be changed
   * @returns the request with the credential
   */
  attach(request: RequestDraft): UpstreamRequest | Promise<UpstreamRequest>;

  /**
   * Call this when a request was refused.
   * @returns true if a new credential is available and the request should be sent once more; false
   * if it cannot be renewed
   * @throws UpstreamError if renewing failed
   */
  renew(trace?: CallTrace): Promise<boolean>;

  /**
   * Call this when a request was refused again after a renewal: drops the credential without
   * renewing it.
   */
  refusedAgain(): Promise<void>;

  /** Call this when a request succeeded: the credential is valid. */
  worked(): void;
}
