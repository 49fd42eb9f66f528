import { type ErrorCode } from '../../errors/guide/error-guide.js';
/** Kinds of background checks. */
export const CHECK_KINDS = ['tcp', 'http', 'login', 'models', 'chat'] as const;
export type CheckKind = (typeof CHECK_KINDS)[number];

/** The result of a background check. */
export interface CheckResult {
  readonly kind: CheckKind;
  /** End of the check, in epoch milliseconds. */
  readonly atMs: number;
  readonly durationMs: number;
  /** Undefined on success. */
  readonly code: ErrorCode | undefined;
  /** The service refused the gateway's credential or login. */
  readonly isCredentialRefused: boolean;
}

/**
 * The failures that a successful check of each kind disproves; a connection, for example, does not
 * disprove a refused login.
 */
const DISPROVED: Readonly<Record<Exclude<CheckKind, 'chat'>, readonly string[]>> = {
  tcp: ['upstream_unreachable', 'connect_timeout'],
  http: ['upstream_unreachable', 'connect_timeout'],
  login: ['upstream_login_failed'],
  models: ['upstream_unreachable', 'connect_timeout', 'upstream_auth_failed', 'upstream_login_failed'],
};

/**
 * Whether a success proves that a failure is over.
 * @param code of the failure
 * @param failedBy what found the failure: a call or a kind of check
 * @param kind what has succeeded now
 */
export function isDisproved(
  code: ErrorCode | undefined,
  failedBy: CheckKind | 'call',
  kind: CheckKind | 'call',
): boolean {
  if (kind === 'call' || kind === 'chat' || kind === failedBy) return true;
  return code !== undefined && DISPROVED[kind].includes(code);
}
