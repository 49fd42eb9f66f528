import { Logger } from '@nestjs/common';
import { type BreakerConfig } from '../config/settings.js';
import { DeploymentBreaker } from './breaker/deployment-breaker.js';

/** What a running process knows about a deployment; kept by a reload that does not change its settings. */
export class DeploymentState {
  readonly #log = new Logger('Routing');
  readonly breaker: DeploymentBreaker;
  /** Calls that are running there now. */
  outstanding = 0;
  /** The balancer's state. */
  credit = 0;
  /** Whether its last call failed: a retry there costs budget. */
  isFailing = false;
  /** The error code of its last failure. */
  lastFailure: string | undefined;
  /** It does not know the field by which the usage of a stream is asked for. */
  refusesUsage = false;
  /** How it refused a field that the gateway can do without; undefined: it has not. */
  refusal: string | undefined;
  /** It asked for a short pause: until then other deployments are preferred (`performance.now()`). */
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
