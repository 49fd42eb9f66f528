import { Logger } from '@nestjs/common';
import { type BreakerConfig } from '../../config/settings.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { type MachineCodes, machineCodes } from '../../telemetry/failed-attempts.js';
import { DeploymentBreaker, type Passage } from '../breaker/deployment-breaker.js';
import { OutcomeWindow } from '../breaker/outcome-window.js';

/** How long a call counts towards the shares of deployments. */
const SHARE_MS = 300_000;

/**
 * `failing`: the breaker of the deployment is not closed, or its latest calls have failed: at least
 * two since its last success, or at least one if it has never succeeded.
 */
export const DEPLOYMENT_CONDITIONS = ['ok', 'failing', 'never_seen'] as const;
export type DeploymentCondition = (typeof DEPLOYMENT_CONDITIONS)[number];

/** The last failure of a deployment. */
export interface DeploymentFailure extends MachineCodes {
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** The error code, as logged. */
  readonly error: string;
}

/** The runtime state of a deployment; a reload that does not change its settings keeps it. */
export class DeploymentState {
  readonly #log = new Logger('Routing');
  readonly breaker: DeploymentBreaker;
  /** Number of calls that are running at the deployment. */
  outstanding = 0;
  /** The balancer's state. */
  credit = 0;
  /** Failures since its last success. */
  failuresInARow = 0;
  hasSucceeded = false;
  failure: DeploymentFailure | undefined;
  /** Whether it does not know the field that asks for the usage of a stream. */
  refusesUsage = false;
  /** How it refused a field that the gateway can do without; undefined: it has refused none. */
  refusal: string | undefined;
  /**
   * Until when other deployments are preferred, because this one asked for a short pause or refused
   * a call; a time of `performance.now()`.
   */
  restsUntil = 0;
  /** Its calls of the last minutes; undefined if it is the only deployment of its model. */
  #recent: OutcomeWindow | undefined;

  constructor(model: string, deployment: string, settings: BreakerConfig) {
    this.breaker = new DeploymentBreaker(settings, (state, reason, seconds, client) => {
      const line = { message: `circuit breaker ${WORDS[state]}`, model, deployment, client, reason, seconds };
      if (state === 'open') this.#log.warn(line);
      else this.#log.log(line);
    });
  }

  /** Whether its last call failed: a retry at this deployment then costs budget. */
  get isFailing(): boolean {
    return this.failuresInARow > 0;
  }

  /** Starts to count the calls of the last minutes. */
  countShare(): void {
    this.#recent ??= new OutcomeWindow(SHARE_MS);
  }

  /**
   * @param passage how the call got through the breaker
   * @param isTest whether it was an operator's test
   */
  succeeded(client: string | undefined, passage: Passage, isTest: boolean): void {
    const now = performance.now();
    this.failuresInARow = 0;
    this.hasSucceeded = true;
    this.#recent?.add(now, 1, 0);
    this.breaker.succeeded(now, client, passage, isTest);
  }

  /** @param hadSucceeded whether the call was counted as a success before */
  failed(now: number, error: GatewayError, hadSucceeded: boolean): void {
    this.failuresInARow++;
    this.failure = { atMs: Date.now(), error: error.logCode, ...machineCodes(error) };
    this.#recent?.add(now, hadSucceeded ? 0 : 1, 1);
  }

  condition(now: number): DeploymentCondition {
    if (this.breaker.state(now) !== 'closed') return 'failing';
    if (this.failuresInARow > (this.hasSucceeded ? 1 : 0)) return 'failing';
    return this.hasSucceeded ? 'ok' : 'never_seen';
  }

  /**
   * Calls and failures of the last five minutes; undefined if it is the only deployment of its
   * model.
   */
  recent(now: number): { readonly calls: number; readonly failures: number } | undefined {
    const window = this.#recent;
    return window && { calls: window.callsUntil(now), failures: window.failuresUntil(now) };
  }
}

const WORDS = { open: 'opened', half_open: 'half-open', closed: 'closed' } as const;
