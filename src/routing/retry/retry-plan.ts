import { type FallbackCause } from '../../config/model.config.js';
import { type AttemptFailure } from './failure-cause.js';

/** The settings of `retry:` that apply to one call. */
export interface RetrySettings {
  readonly max_retries: number;
  readonly backoff_seconds: number;
  readonly max_backoff_seconds: number;
  readonly max_retry_after_seconds: number;
}

/** What the plan needs to know about a model. No model is its own fallback. */
export interface PlannedModel {
  readonly name: string;
  /** In order of preference. */
  readonly fallbacks: readonly { readonly model: PlannedModel; readonly on: ReadonlySet<FallbackCause> }[];
}

/** The alternatives at the moment of a failure. */
export interface Surroundings {
  /** Whether the failed deployment would take another call. */
  readonly canRepeat: boolean;
  /** Whether another deployment of the same model would take the call and has not yet failed it. */
  readonly hasOther: boolean;
}

/** The step after a failed attempt. */
export type RetryStep<Model extends PlannedModel = PlannedModel> =
  | { readonly kind: 'repeat'; readonly waitMs: number }
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'fallback'; readonly model: Model }
  | { readonly kind: 'give_up' };

const ELSEWHERE = { kind: 'elsewhere' } as const;
const GIVE_UP = { kind: 'give_up' } as const;

/** A model that the call has reached, and how many of its fallbacks were tried. */
interface Level<Model> {
  readonly model: Model;
  causes: readonly FallbackCause[];
  /** Index of its next fallback. */
  next: number;
}

/**
 * Decides the step after each failure of one call; knows no deployments, clocks or sockets. The
 * whole call has one limit: `max_retries` further attempts over all deployments and models. A
 * fallback is not counted, because each is tried at most once.
 */
export class RetryPlan<Model extends PlannedModel = PlannedModel> {
  /** Number of further attempts that were counted. */
  retries = 0;
  /** Number of retries at the current deployment, for the back-off. */
  #repeats = 0;
  readonly #levels: Level<Model>[];
  readonly #visited: Set<string>;

  /**
   * @param model the requested one
   * @param settings of that model
   * @param random from 0 (inclusive) to 1 (exclusive)
   */
  constructor(
    model: Model,
    private readonly settings: RetrySettings,
    private readonly random: () => number = Math.random,
    /** Whether a fallback can serve the call at all. */
    private readonly canServe: (model: Model) => boolean = () => true,
  ) {
    this.#levels = [{ model, causes: [], next: 0 }];
    this.#visited = new Set([model.name]);
  }

  /**
   * The next step: another deployment first, because it needs no wait; then the same one, then a
   * fallback.
   */
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

  /**
   * Whether a step may follow a failure now. False is certain; true is not, because it depends on
   * the failure.
   */
  get mayFollow(): boolean {
    return (
      this.retries < this.settings.max_retries ||
      this.#levels.some(({ model, next }) => next < model.fallbacks.length)
    );
  }

  /**
   * Whether an attempt at another deployment or model would follow this failure. Changes nothing.
   */
  wouldMove(failure: AttemptFailure, hasOther: boolean): boolean {
    if (this.retries < this.settings.max_retries && failure.isLocal && hasOther) return true;
    const last = this.#levels.at(-1);
    return this.#levels.some((level) => {
      const causes = level === last ? failure.causes : level.causes;
      return level.model.fallbacks
        .slice(level.next)
        .some(({ model, on }) => this.#isOpen(model) && causes.some((cause) => on.has(cause)));
    });
  }

  #isOpen(model: PlannedModel): boolean {
    return !this.#visited.has(model.name) && this.canServe(model as Model);
  }

  /** Full jitter, so that clients that failed together do not retry together. */
  #waitMs({ retryAfterMs }: AttemptFailure): number | undefined {
    const { backoff_seconds, max_backoff_seconds, max_retry_after_seconds } = this.settings;
    if (retryAfterMs !== undefined && retryAfterMs > max_retry_after_seconds * 1000) return undefined;
    const longest = Math.min(max_backoff_seconds, backoff_seconds * 2 ** this.#repeats) * 1000;
    return Math.max(retryAfterMs ?? 0, this.random() * longest);
  }

  /** The fallbacks of the failed model, then the remaining ones of the models before it. */
  #fallBack(causes: readonly FallbackCause[]): RetryStep<Model> {
    this.#levels.at(-1)!.causes = causes;
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      const { fallbacks } = level.model;
      while (level.next < fallbacks.length) {
        const { model, on } = fallbacks[level.next++]!;
        if (!this.#isOpen(model) || !level.causes.some((cause) => on.has(cause))) continue;
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
