import { UpstreamError } from '../../errors/upstream-errors.js';
import { pick } from './balancer.js';
import { type Deployment } from '../deployment/deployment.js';
import { type Model } from '../model.js';
import { type RetryBudget } from '../retry/retry-budget.js';

/** The facts on which the choice depends. */
export interface ChoiceOptions {
  /** Deployments at which this call has failed. */
  readonly tried: readonly Deployment[];
  /** Name of the client's API key; undefined for the gateway itself. */
  readonly client: string | undefined;
  /** An operator's test also tries deployments that the breaker would refuse. */
  readonly isTest: boolean;
  /** Pays for a retry at a deployment whose last call failed. */
  readonly budget: RetryBudget;
}

/**
 * The deployment for a call, for the first attempt or after a failure; undefined if none may be
 * called.
 */
export function choose(model: Model, options: ChoiceOptions): Deployment | undefined {
  const { deployments } = model;
  const { tried, isTest, budget, client } = options;
  if (deployments.length === 1 && tried.length === 0) {
    const [only] = deployments;
    return isTest || only.state.breaker.allows(performance.now(), client) ? only : undefined;
  }
  const now = performance.now();
  const [first, ...others] = candidates(model, options, now);
  if (first === undefined) return undefined;
  const chosen = pick(model.config.strategy, [first, ...others]);
  if (tried.length > 0 && chosen.state.isFailing) budget.spend(now, client);
  return chosen;
}

/** Whether another deployment could take over a failed call. */
export function hasOther(model: Model, options: ChoiceOptions): boolean {
  return model.deployments.length > 1 && candidates(model, options, performance.now()).length > 0;
}

/** The error if no deployment of a model may be called, at least by this client. */
export function circuitOpen({ name, deployments }: Model, client: string | undefined): UpstreamError {
  const now = performance.now();
  for (const { state } of deployments) state.breaker.refused(now, client);
  const waitsMs = deployments.map(({ state }) => state.breaker.remainingMs(now, client));
  const seconds = Math.max(1, Math.ceil(Math.min(...waitsMs) / 1000));
  const causes = [...new Set(deployments.map(({ state }) => state.failure?.error ?? 'failed'))].join(', ');
  const isOpenForAll = deployments.every(({ state }) => state.breaker.state(now) !== 'closed');
  return new UpstreamError(
    'circuit_open',
    isOpenForAll
      ? `The model '${name}' is not called for ${seconds} s: its circuit breaker is open after failures (${causes}).`
      : `The model '${name}' takes no requests with this key for ${seconds} s, since too many of them failed (${causes}).`,
    { headers: { 'retry-after': String(seconds) }, scope: isOpenForAll ? 'everyone' : 'nobody' },
  );
}

/**
 * The deployments that may be called; those that asked for a short pause only if there is no other.
 */
function candidates(
  model: Model,
  { tried, isTest, budget, client }: ChoiceOptions,
  now: number,
): Deployment[] {
  const untried = model.deployments.filter((deployment) => !tried.includes(deployment));
  const allowed = untried.filter(({ state }) => state.breaker.allows(now, client));
  if (isTest && allowed.length < untried.length) {
    return untried.filter((deployment) => !allowed.includes(deployment));
  }
  const isAffordable = tried.length === 0 || budget.hasRoom(now, client);
  const affordable = isAffordable ? allowed : allowed.filter(({ state }) => !state.isFailing);
  const rested = affordable.filter(({ state }) => state.restsUntil <= now);
  return rested.length > 0 ? rested : affordable;
}
