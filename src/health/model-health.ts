import { type DeploymentFailure } from '../routing/deployment/deployment-state.js';
import { type Deployment } from '../routing/deployment/deployment.js';
import { type Model } from '../routing/model.js';
import { type CheckResult } from '../telemetry/availability/check-result.js';
import { type CallFigures } from '../telemetry/availability/minute-ring.js';
import { type StateChange } from '../telemetry/availability/model-state.js';
import { type ModelWatch } from '../telemetry/availability/model-watch.js';
import { type ModelSeriesDto, type StateChangeDto } from './health.dto.js';
import {
  type CallFiguresDto,
  type DeploymentFailureDto,
  type DeploymentHealthDto,
  type ModelHealthDto,
  type ProbeResultDto,
  type TokenStateDto,
} from './model-health.dto.js';

/**
 * The health of one model in wire format.
 * @param withHosts whether the client may see the addresses of services
 */
export function healthOf(
  { name, config, deployments }: Model,
  watch: ModelWatch,
  withHosts: boolean,
): ModelHealthDto {
  const nowMs = Date.now();
  const { seen } = watch;
  const { state, sinceMs, code } = watch.verdict(nowMs);
  const now = performance.now();
  const calls = deployments.reduce((sum, each) => sum + (each.state.recent(now)?.calls ?? 0), 0);
  const token = deployments[0].upstream.credential.state();
  return {
    model: name,
    type: config.type,
    status: seen.status,
    last_success_at: toIsoOrNull(seen.lastSuccessAtMs),
    last_failure_at: toIsoOrNull(seen.lastFailureAtMs),
    last_error: seen.lastError ?? null,
    last_response_time: toSeconds(seen.lastResponseTimeMs),
    state,
    since: toIso(sinceMs),
    reason: code ?? null,
    last_5_minutes: figuresOf(watch.figures(nowMs, 5)),
    last_60_minutes: figuresOf(watch.figures(nowMs, 60)),
    failing_deployments: deployments.filter((each) => each.state.condition(now) === 'failing').length,
    deployments: deployments.map((each) => deploymentOf(each, now, calls, withHosts)),
    ...(token !== undefined && { token: tokenOf(token) }),
    ...(watch.check !== undefined && { probe: probeOf(watch.check) }),
  };
}

/** @param minutes oldest first */
export function seriesOf(model: string, minutes: readonly CallFigures[]): ModelSeriesDto {
  return {
    model,
    requests: minutes.map(({ requests }) => requests),
    errors: minutes.map(({ errors }) => errors),
    p50_seconds: minutes.map(({ p50Ms }) => toSeconds(p50Ms)),
    p95_seconds: minutes.map(({ p95Ms }) => toSeconds(p95Ms)),
    first_token_p50_seconds: minutes.map(({ firstTokenP50Ms }) => toSeconds(firstTokenP50Ms)),
  };
}

export function changeOf({ atMs, model, from, to, code }: StateChange): StateChangeDto {
  return { at: toIso(atMs), model, from, to, reason: code ?? null };
}

/** @param calls recent calls of all deployments of the model */
function deploymentOf(
  { name, host, state }: Deployment,
  now: number,
  calls: number,
  withHosts: boolean,
): DeploymentHealthDto {
  const recent = state.recent(now);
  return {
    name,
    ...(withHosts && { host }),
    state: state.condition(now),
    breaker: state.breaker.state(now),
    retry_in: Math.ceil(state.breaker.remainingMs(now) / 1000),
    closed_to_keys: state.breaker.closedTo(now),
    last_error: state.failure?.error ?? null,
    ...(state.failure !== undefined && { last_failure: failureOf(state.failure) }),
    running: state.outstanding,
    ...(recent !== undefined && {
      last_5_minutes: {
        requests: recent.calls,
        errors: recent.failures,
        share: calls === 0 ? null : Math.round((recent.calls / calls) * 10_000) / 10_000,
      },
    }),
  };
}

function failureOf({ atMs, error, ...codes }: DeploymentFailure): DeploymentFailureDto {
  return { at: toIso(atMs), error, ...codes };
}

export function toIso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

function figuresOf(figures: CallFigures | undefined): CallFiguresDto {
  const { requests = 0, errors = 0, p50Ms, p95Ms, firstTokenP50Ms, firstTokenP95Ms } = figures ?? {};
  return {
    requests,
    errors,
    success_rate: requests === 0 ? null : Math.round(((requests - errors) / requests) * 10_000) / 10_000,
    p50_seconds: toSeconds(p50Ms),
    p95_seconds: toSeconds(p95Ms),
    first_token_p50_seconds: toSeconds(firstTokenP50Ms),
    first_token_p95_seconds: toSeconds(firstTokenP95Ms),
  };
}

type TokenState = NonNullable<ReturnType<Deployment['upstream']['credential']['state']>>;

function tokenOf(token: TokenState): TokenStateDto {
  const failure = token.lastLoginFailure;
  return {
    valid_until: toIsoOrNull(token.validUntilMs),
    renewals: token.renewals,
    last_login_at: toIsoOrNull(token.lastLoginAtMs),
    last_login_failure_at: toIsoOrNull(failure?.atMs),
    last_login_failure: failure === undefined ? null : failure.isRefused ? 'refused' : 'failed',
    paused_until: toIsoOrNull(token.pausedUntilMs),
  };
}

function probeOf({ kind, atMs, durationMs, code }: CheckResult): ProbeResultDto {
  return {
    kind,
    at: toIso(atMs),
    ok: code === undefined,
    seconds: Math.round(durationMs) / 1000,
    error: code ?? null,
  };
}

function toIsoOrNull(epochMs: number | undefined): string | null {
  return epochMs === undefined ? null : toIso(epochMs);
}

function toSeconds(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms) / 1000;
}
