import { Logger } from '@nestjs/common';
import { type BreakerConfig } from '../config/settings.js';
import { DeploymentBreaker } from './breaker/deployment-breaker.js';

/** What is known of a deployment while the process runs; outlives a reload that does not change its settings. */
export class DeploymentState {
  readonly #log = new Logger('Routing');
  readonly breaker: DeploymentBreaker;
  /** Calls that run there now. */
  outstanding = 0;
  /** The balancer's mark. */
  credit = 0;
  /** The last outcome was a failure: a retry towards it costs. */
  isFailing = false;
  /** The code of its last failure. */
  lastFailure: string | undefined;
  /** It asked for a short pause; others go first until then. On the clock of `performance.now()`. */
  restsUntil = 0;

  constructor(model: string, deployment: string, settings: BreakerConfig) {
    this.breaker = new DeploymentBreaker(settings, (state, reason, seconds, client) => {
      const line = { message: `circuit breaker ${WORDS[state]}`, model, deployment, client, reason, seconds };
      if (state === 'open') this.#log.warn(line);
      else this.#log.log(line);
    });
  }
}

const WORDS = { open: 'opened', half_open: 'half-open', closed: 'closed' } as const;
