import { type FallbackCause } from '../../config/model.config.js';
import { type AttemptFailure } from './failure-cause.js';

/** The part of `retry:` that one call goes by. */
export interface RetrySettings {
  readonly max_retries: number;
  readonly backoff_seconds: number;
  readonly max_backoff_seconds: number;
  readonly max_retry_after_seconds: number;
}

/** A model as the plan sees it. No model is reached from itself. */
export interface PlannedModel {
  readonly name: string;
  /** In the order in which they take over. */
  readonly fallbacks: readonly { readonly model: PlannedModel; readonly on: ReadonlySet<FallbackCause> }[];
}

/** What else there is at the moment of a failure. */
export interface Surroundings {
  /** The deployment that failed would take one more call. */
  readonly canRepeat: boolean;
  /** Another deployment of the same model would take the call, and has not failed it yet. */
  readonly hasOther: boolean;
}

/** What follows a failed attempt. */
export type RetryStep<Model extends PlannedModel = PlannedModel> =
  | { readonly kind: 'repeat'; readonly waitMs: number }
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'fallback'; readonly model: Model }
  | { readonly kind: 'give_up' };

const ELSEWHERE = { kind: 'elsewhere' } as const;
const GIVE_UP = { kind: 'give_up' } as const;

/** One model on the way from the one that was asked for, and what became of it. */
interface Level<Model> {
  readonly model: Model;
  causes: readonly FallbackCause[];
  /** Of its fallbacks. */
  next: number;
}

/**
 * Decides what follows each failure of one call; knows no deployment, no clock and no socket. One budget holds for
 * the whole call: `max_retries` further attempts over all deployments and models. Moving on to a fallback is not
 * counted, since each of them is tried once at most.
 */
export class RetryPlan<Model extends PlannedModel = PlannedModel> {
  /** Further attempts that were counted. */
  retries = 0;
  /** Repetitions at the present deployment, for the back-off. */
  #repeats = 0;
  readonly #levels: Level<Model>[];
  readonly #visited: Set<string>;

  /**
   * @param model the one that was asked for
   * @param settings of that model
   * @param random from 0 (included) to 1
   */
  constructor(
    model: Model,
    private readonly settings: RetrySettings,
    private readonly random: () => number = Math.random,
  ) {
    this.#levels = [{ model, causes: [], next: 0 }];
    this.#visited = new Set([model.name]);
  }

  /** Another deployment first, since it needs no wait; then the same one, then a fallback. */
  next(failure: AttemptFailure, { canRepeat, hasOther }: Surroundings): RetryStep<Model> {
    if (this.retries < this.settings.max_retries) {
      if (failure.isLocal && hasOther) {
        this.retries++;
        this.#repeats = 0;
        return ELSEWHERE;
      }
      const waitMs = failure.isPassing && canRepeat ? this.#waitMs(failure) : undefined;
      if (waitMs !== undefined) {
        this.retries++;
        this.#repeats++;
        return { kind: 'repeat', waitMs };
      }
    }
    return this.#fallBack(failure.causes);
  }

  /** Whether a failure now could be followed by anything at all; false is certain, true is not. */
  get mayFollow(): boolean {
    return (
      this.retries < this.settings.max_retries ||
      this.#levels.some(({ model, next }) => next < model.fallbacks.length)
    );
  }

  /** Whether this failure would be followed by an attempt at another deployment or model. Decides nothing. */
  wouldMove(failure: AttemptFailure, hasOther: boolean): boolean {
    if (this.retries < this.settings.max_retries && failure.isLocal && hasOther) return true;
    const last = this.#levels.at(-1);
    return this.#levels.some((level) => {
      const causes = level === last ? failure.causes : level.causes;
      return level.model.fallbacks
        .slice(level.next)
        .some(({ model, on }) => !this.#visited.has(model.name) && causes.some((cause) => on.has(cause)));
    });
  }

  /** Full jitter, so that callers who failed together do not come back together. */
  #waitMs({ retryAfterMs }: AttemptFailure): number | undefined {
    const { backoff_seconds, max_backoff_seconds, max_retry_after_seconds } = this.settings;
    if (retryAfterMs !== undefined && retryAfterMs > max_retry_after_seconds * 1000) return undefined;
    const longest = Math.min(max_backoff_seconds, backoff_seconds * 2 ** this.#repeats) * 1000;
    return Math.max(retryAfterMs ?? 0, this.random() * longest);
  }

  /** The fallbacks of the model that failed, then the rest of those of the model before it. */
  #fallBack(causes: readonly FallbackCause[]): RetryStep<Model> {
    this.#levels.at(-1)!.causes = causes;
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      const { fallbacks } = level.model;
      while (level.next < fallbacks.length) {
        const { model, on } = fallbacks[level.next++]!;
        if (this.#visited.has(model.name) || !level.causes.some((cause) => on.has(cause))) continue;
        this.#visited.add(model.name);
        this.#levels.push({ model: model as Model, causes: [], next: 0 });
        this.#repeats = 0;
        return { kind: 'fallback', model: model as Model };
      }
      if (this.#levels.length === 1) break;
      this.#levels.pop();
    }
    return GIVE_UP;
  }
}
