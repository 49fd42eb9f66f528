import { type EvaluatorJob } from './evaluator-process.js';
import { EXPRESSION_WALL_MS } from '../limits.js';

/** The owner of a job: a client, by its name, or the gateway itself. */
export type Owner = string | typeof GATEWAY;
/**
 * The owner of logins: they are rare, calls of every client wait for them, and no client controls
 * their input.
 */
export const GATEWAY = Symbol('gateway');

const MAX_WAITING = 200;
const MAX_WAITING_PER_OWNER = 100;
const MAX_WAIT_MS = 2000;
/**
 * On a busy machine, all processes may be busy for the whole wall-clock limit; logins wait for
 * longer than that.
 */
const MAX_WAIT_OF_GATEWAY_MS = EXPRESSION_WALL_MS + MAX_WAIT_MS;
/** Interval of the clock while no process exists; no waiting time counts then. */
const PAUSE_MS = 1000;

export interface WaitingJob extends EvaluatorJob {
  readonly owner: Owner;
}

/**
 * Jobs that wait for a process. Owners take turns. The waiting time of a job counts only while a
 * process exists that could take it, because a start takes 0.2 s of CPU time, which can be many
 * seconds on a busy machine.
 */
export class EvaluatorQueue {
  /** By owner; the owner whose turn is next comes first. */
  readonly #byOwner = new Map<Owner, WaitingJob[]>();
  /** When each job has waited too long, in milliseconds of `#now()`. */
  readonly #deadlines = new Map<WaitingJob, number>();
  #clock: NodeJS.Timeout | undefined;
  #countedMs = 0;
  #countsSince: number | undefined;

  get length(): number {
    return this.#deadlines.size;
  }

  /** Adds a job. If there is no room, the job fails at once with `BUSY`. */
  add(job: WaitingJob): void {
    const own = this.#byOwner.get(job.owner) ?? [];
    if (job.owner !== GATEWAY && !this.#makeRoom(own.length)) {
      fail(job, 'BUSY');
      return;
    }
    // An owner's smallest job goes first, because it is the least likely to take long.
    const at = own.findIndex((other) => other.weight > job.weight);
    own.splice(at < 0 ? own.length : at, 0, job);
    this.#byOwner.set(job.owner, own);
    const waitMs = job.owner === GATEWAY ? MAX_WAIT_OF_GATEWAY_MS : MAX_WAIT_MS;
    this.#deadlines.set(job, this.#now() + waitMs);
    this.#startClock();
  }

  /**
   * @param mayRun whether an owner may use another process
   * @returns the next job; it stays in the queue until `take`
   */
  next(mayRun: (owner: Owner) => boolean): WaitingJob | undefined {
    const [first] = this.#byOwner.get(GATEWAY) ?? [];
    if (first !== undefined && mayRun(GATEWAY)) return first;
    for (const [owner, [job]] of this.#byOwner) if (mayRun(owner)) return job;
    return undefined;
  }

  /** Removes a job from the queue, and moves its owner behind all others. */
  take(job: WaitingJob): void {
    this.#remove(job);
    const own = this.#byOwner.get(job.owner);
    if (own === undefined) return;
    this.#byOwner.delete(job.owner);
    this.#byOwner.set(job.owner, own);
  }

  /** Whether a process exists that can take jobs or is busy with others. */
  set isServed(isServed: boolean) {
    if (isServed === (this.#countsSince !== undefined)) return;
    this.#countedMs = this.#now();
    this.#countsSince = isServed ? performance.now() : undefined;
    clearTimeout(this.#clock);
    this.#clock = undefined;
    this.#startClock();
  }

  failAll(code: string): void {
    for (const job of this.#deadlines.keys()) this.#fail(job, code);
  }

  /**
   * Drops the largest job of the owner with the most jobs to make room for an owner with fewer.
   * @returns whether there is room
   */
  #makeRoom(ownCount: number): boolean {
    if (ownCount >= MAX_WAITING_PER_OWNER) return false;
    if (this.length < MAX_WAITING) return true;
    let most: WaitingJob[] = [];
    for (const [owner, jobs] of this.#byOwner)
      if (owner !== GATEWAY && jobs.length > most.length) most = jobs;
    if (most.length <= ownCount + 1) return false;
    this.#fail(most.at(-1)!, 'BUSY');
    return true;
  }

  #fail(job: WaitingJob, code: string): void {
    this.#remove(job);
    fail(job, code);
  }

  #remove(job: WaitingJob): void {
    this.#deadlines.delete(job);
    const own = this.#byOwner.get(job.owner)!;
    own.splice(own.indexOf(job), 1);
    if (own.length === 0) this.#byOwner.delete(job.owner);
  }

  #now(): number {
    return this.#countedMs + (this.#countsSince === undefined ? 0 : performance.now() - this.#countsSince);
  }

  /** Runs while a job waits, and keeps a command from ending in the meantime. */
  #startClock(): void {
    if (this.#clock !== undefined) return;
    if (this.length === 0) return;
    // At most as long as a new job may wait.
    const leftMs = Math.min(...this.#deadlines.values(), this.#now() + MAX_WAIT_MS) - this.#now();
    this.#clock = setTimeout(
      () => this.#onClock(),
      this.#countsSince === undefined ? PAUSE_MS : Math.max(1, leftMs),
    );
  }

  #onClock(): void {
    this.#clock = undefined;
    const now = this.#now();
    for (const [job, deadline] of this.#deadlines) if (deadline <= now) this.#fail(job, 'BUSY');
    this.#startClock();
  }
}

function fail(job: EvaluatorJob, code: string): void {
  job.onDone(Array.from({ length: job.count }, () => ({ code })));
}
