import { type ErrorCode } from '../../errors/guide/error-guide.js';
/**
 * The state of a model: `ok`; `slow`: works with high latency; `failing`; `credentials_refused`: the service refuses the
 * gateway's credential or login; `never_seen`: not called yet.
 */
export const MODEL_STATES = ['ok', 'slow', 'failing', 'credentials_refused', 'never_seen'] as const;
export type ModelState = (typeof MODEL_STATES)[number];

/** A model's state, the time since when it holds, and the code of the failure behind it. */
export interface ModelVerdict {
  readonly state: ModelState;
  /** Epoch milliseconds. */
  readonly sinceMs: number;
  /** One of the fixed error codes; undefined when nothing is wrong. */
  readonly code: ErrorCode | undefined;
}

/** A change of state. */
export interface StateChange {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly model: string;
  readonly from: ModelState;
  readonly to: ModelState;
  readonly code: ErrorCode | undefined;
}

const KEPT_CHANGES = 200;

/** The newest changes of all models; older ones are dropped. */
export class StateChanges {
  readonly #changes: StateChange[] = [];
  readonly #listeners: ((change: StateChange) => void)[] = [];

  add(change: StateChange): void {
    this.#changes.push(change);
    if (this.#changes.length > KEPT_CHANGES) this.#changes.shift();
    for (const listener of this.#listeners) listener(change);
  }

  /** Calls the listener at each change. */
  onAdded(listener: (change: StateChange) => void): void {
    this.#listeners.push(listener);
  }

  /** Newest first. */
  newest(isWanted: (model: string) => boolean): StateChange[] {
    return this.#changes.filter(({ model }) => isWanted(model)).reverse();
  }
}
