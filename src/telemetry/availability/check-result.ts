/** What a background check asks of a model's service. */
export const CHECK_KINDS = ['tcp', 'http', 'login', 'models', 'chat'] as const;
export type CheckKind = (typeof CHECK_KINDS)[number];

/** How a background check of a model went. */
export interface CheckResult {
  readonly kind: CheckKind;
  /** Epoch milliseconds of its end. */
  readonly atMs: number;
  readonly durationMs: number;
  /** Undefined when it went well. */
  readonly code: string | undefined;
  /** The service refused our credential or login. */
  readonly isCredentialRefused: boolean;
}

/** Failures that a check of a kind disproves when it succeeds: a connection says nothing of a refused login. */
const DISPROVED: Readonly<Record<Exclude<CheckKind, 'chat'>, readonly string[]>> = {
  tcp: ['upstream_unreachable', 'connect_timeout'],
  http: ['upstream_unreachable', 'connect_timeout'],
  login: ['upstream_login_failed'],
  models: ['upstream_unreachable', 'connect_timeout', 'upstream_auth_failed', 'upstream_login_failed'],
};

/**
 * Whether a success proves that a failure is over.
 * @param code of the failure
 * @param failedBy what met it: a call, or a check
 * @param kind what has succeeded now
 */
export function isDisproved(
  code: string | undefined,
  failedBy: CheckKind | 'call',
  kind: CheckKind | 'call',
): boolean {
  if (kind === 'call' || kind === 'chat' || kind === failedBy) return true;
  return code !== undefined && DISPROVED[kind].includes(code);
}
