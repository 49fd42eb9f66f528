import { type ModelConfig, type FallbackCause } from '../config/model.config.js';
import { type ConcurrencyLimit } from '../routing/choice/concurrency-limit.js';
import { type Deployment } from '../routing/deployment.js';

/** A configured model, bound to the deployments that serve it. */
export interface Model {
  readonly name: string;
  /** What is said of the model as a whole; of several deployments' fields it shows the first one's. */
  readonly config: ModelConfig;
  /** At least one, in the order of the file. */
  readonly deployments: readonly [Deployment, ...Deployment[]];
  /** Models that take over, in this order; none leads back. */
  readonly fallbacks: readonly Fallback[];
  /** Counts the calls that run; shared with the same model of an earlier configuration. */
  readonly limit: ConcurrencyLimit;
}

export interface Fallback {
  readonly model: Model;
  readonly on: ReadonlySet<FallbackCause>;
}
