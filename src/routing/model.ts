import { type ModelConfig } from '../config/model.config.js';
import { type LlmProvider } from '../providers/llm-provider.js';
import { type Deployment } from './deployment.js';

/** A configured model, bound to the strategy of its type and to the deployments that answer for it. */
export interface Model {
  readonly name: string;
  readonly config: ModelConfig;
  readonly provider: LlmProvider;
  /** At least one, in the order of the file. */
  readonly deployments: readonly [Deployment, ...Deployment[]];
}
