import { createHash } from 'node:crypto';
import { type ModelConfig } from '../config/model.config.js';
import { type LlmProvider } from '../providers/llm-provider.js';

/** One upstream behind a model: a complete configuration of its own, and the strategy that its type needs. */
export class Deployment {
  /** The same for the same settings, after a reload too: what is known of a deployment is kept under it. */
  readonly key: string;

  constructor(
    readonly model: string,
    /** Within its model. */
    readonly name: string,
    readonly config: ModelConfig,
    readonly provider: LlmProvider,
  ) {
    const identity = JSON.stringify([model, name, config]);
    this.key = createHash('sha256').update(identity).digest('base64url');
  }
}
