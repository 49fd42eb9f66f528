import { type ModelConfig, type FallbackCause } from '../config/model.config.js';
import { type ConcurrencyLimit } from './choice/concurrency-limit.js';
import { type Deployment } from './deployment/deployment.js';

/** A configured model, bound to the deployments that serve it. */
export interface Model {
  readonly name: string;
  /** Settings of the model as a whole; deployment fields are those of the first deployment. */
  readonly config: ModelConfig;
  /** At least one, in the order of the file. */
  readonly deployments: readonly [Deployment, ...Deployment[]];
  /** Models that take over, in order and without loops. */
  readonly fallbacks: readonly Fallback[];
  /** Counts running calls; shared with the same model of earlier configurations. */
  readonly limit: ConcurrencyLimit;
}

export interface Fallback {
  readonly model: Model;
  readonly on: ReadonlySet<FallbackCause>;
}
