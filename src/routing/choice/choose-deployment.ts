import { UpstreamError } from '../../errors/upstream-errors.js';
import { pick } from './balancer.js';
import { type Deployment } from '../deployment.js';
import { type Model } from '../../catalog/model.js';
import { type RetryBudget } from '../retry/retry-budget.js';

/** What a choice goes by. */
export interface ChoiceOptions {
  /** Those that have failed this call. */
  readonly tried: readonly Deployment[];
  /** Name of the key that calls; undefined for the gateway itself. */
  readonly client: string | undefined;
  /** An operator's test tries what is left alone. */
  readonly isTest: boolean;
  /** Pays for moving to a deployment that failed its last call. */
  readonly budget: RetryBudget;
}

/** The deployment that takes a call, the first time or after a failure; undefined when none may. */
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

/** Whether a call that failed could be taken by another deployment. */
export function hasOther(model: Model, options: ChoiceOptions): boolean {
  return model.deployments.length > 1 && candidates(model, options, performance.now()).length > 0;
}

/** No deployment of a model may be called, by this client at least. */
export function circuitOpen({ name, deployments }: Model, client: string | undefined): UpstreamError {
  const now = performance.now();
  for (const { state } of deployments) state.breaker.refused(now, client);
  const waitsMs = deployments.map(({ state }) => state.breaker.remainingMs(now, client));
  const seconds = Math.max(1, Math.ceil(Math.min(...waitsMs) / 1000));
  const causes = [...new Set(deployments.map(({ state }) => state.lastFailure ?? 'failed'))].join(', ');
  const isClosedToAll = deployments.every(({ state }) => state.breaker.state(now) !== 'closed');
  return new UpstreamError(
    'circuit_open',
    isClosedToAll
      ? `The model '${name}' failed (${causes}) and is left alone for ${seconds} s.`
      : `The model '${name}' failed (${causes}) for requests with this key, and takes no more of them for ${seconds} s.`,
    { headers: { 'retry-after': String(seconds) }, scope: isClosedToAll ? 'everyone' : 'nobody' },
  );
}

/** Those that are not asked to rest go first. */
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
