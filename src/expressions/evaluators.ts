import { getHeapStatistics } from 'node:v8';
import { type EvaluatorJob, EvaluatorProcess, type Outcome } from './evaluator-process.js';
import { type Task, taskFrames } from './evaluator-frames.js';

const MEGABYTE = 1024 * 1024;
const HEAP_MEGABYTES = getHeapStatistics().heap_size_limit / MEGABYTE;
/** A machine with little memory has fewer. */
const MAX_PROCESSES = HEAP_MEGABYTES < 512 ? 2 : 3;
/** The old generation of each. */
const EVALUATOR_MEGABYTES = Math.round(Math.min(256, Math.max(64, HEAP_MEGABYTES / 8)));
/** A client whose expressions take long leaves one to the others. */
const MAX_PROCESSES_PER_OWNER = MAX_PROCESSES - 1;
const MAX_WAITING = 200;
const MAX_WAITING_PER_OWNER = 100;
const MAX_WAIT_MS = 2000;
/** A process that had nothing to do for so long ends; one is kept where expressions need it for sure. */
const IDLE_MS = 30_000;
/** Where one could not even be started, the next attempt waits. */
const RESTART_MS = 1000;

interface WaitingJob extends EvaluatorJob {
  readonly owner: string;
  readonly weight: number;
  readonly clock: NodeJS.Timeout;
}

/**
 * The processes that evaluate what could take long, started when they are needed. Each owner has its turn; of what one
 * owner waits for, the smallest input goes first, since it is the least likely to take long.
 */
class Evaluators {
  readonly #processes = new Map<EvaluatorProcess, { owner: string | undefined; idle?: NodeJS.Timeout }>();
  /** By owner, the one whose turn is next first. */
  readonly #waiting = new Map<string, WaitingJob[]>();
  #waitingCount = 0;
  #keepsOne = false;
  #restartsAt = 0;

  /** Starts one ahead of the first call, and keeps it. */
  warm(): void {
    this.#keepsOne = true;
    if (this.#processes.size === 0) this.#start();
  }

  /**
   * @param input JSON; empty where `task` has none
   * @param owner whose it is, for fairness
   * @returns an outcome for each source
   */
  evaluate(task: Task, input: Buffer, owner: string): Promise<readonly Outcome[]> {
    return new Promise((resolve) => {
      const frames = taskFrames(task, input);
      const weight = frames[0].length + frames[1].length;
      const own = this.#waiting.get(owner) ?? [];
      if (this.#waitingCount >= MAX_WAITING || own.length >= MAX_WAITING_PER_OWNER) {
        resolve(task.sources.map(() => ({ code: 'BUSY' })));
        return;
      }
      const job: WaitingJob = {
        frames,
        count: task.sources.length,
        owner,
        weight,
        onDone: resolve,
        clock: setTimeout(() => this.#giveUp(job), MAX_WAIT_MS),
      };
      const at = own.findIndex((other) => other.weight > weight);
      own.splice(at < 0 ? own.length : at, 0, job);
      this.#waiting.set(owner, own);
      this.#waitingCount += 1;
      this.#next();
    });
  }

  #giveUp(job: WaitingJob): void {
    this.#remove(job);
    job.onDone(Array.from({ length: job.count }, () => ({ code: 'BUSY' })));
  }

  #remove(job: WaitingJob): void {
    const own = this.#waiting.get(job.owner)!;
    own.splice(own.indexOf(job), 1);
    this.#waitingCount -= 1;
    this.#waiting.delete(job.owner);
    // Behind all others: it had its turn.
    if (own.length > 0) this.#waiting.set(job.owner, own);
  }

  /** Gives free processes their next job, and starts further ones for those that wait. */
  #next(): void {
    let starting = 0;
    for (const [evaluator, state] of this.#processes) {
      if (!evaluator.isFree) {
        starting += state.owner === undefined ? 1 : 0;
        continue;
      }
      const job = this.#choose();
      if (job === undefined) return;
      this.#remove(job);
      clearTimeout(job.clock);
      clearTimeout(state.idle);
      state.owner = job.owner;
      evaluator.run(job);
    }
    const waiting = Math.min(this.#waitingCount, MAX_PROCESSES_PER_OWNER);
    if (this.#choose() !== undefined && starting < waiting) this.#start();
  }

  #choose(): WaitingJob | undefined {
    for (const [owner, [job]] of this.#waiting) {
      let running = 0;
      for (const state of this.#processes.values()) if (state.owner === owner) running += 1;
      if (running < MAX_PROCESSES_PER_OWNER) return job;
    }
    return undefined;
  }

  #start(): void {
    if (this.#processes.size >= MAX_PROCESSES || performance.now() < this.#restartsAt) return;
    const evaluator = new EvaluatorProcess(
      EVALUATOR_MEGABYTES,
      (idle) => this.#onIdle(idle),
      (ended) => this.#onEnd(ended),
    );
    this.#processes.set(evaluator, { owner: undefined });
  }

  #onIdle(evaluator: EvaluatorProcess): void {
    const state = this.#processes.get(evaluator);
    if (state === undefined) return;
    state.owner = undefined;
    this.#next();
    if (!evaluator.isFree) return;
    state.idle = setTimeout(() => {
      if (!this.#keepsOne || this.#processes.size > 1) evaluator.end();
    }, IDLE_MS);
    state.idle.unref();
  }

  #onEnd(evaluator: EvaluatorProcess): void {
    const state = this.#processes.get(evaluator);
    clearTimeout(state?.idle);
    if (!evaluator.hasStarted) this.#restartsAt = performance.now() + RESTART_MS;
    this.#processes.delete(evaluator);
    // What ended with its job will be needed again.
    if (state?.owner !== undefined || (this.#keepsOne && this.#processes.size === 0)) this.#start();
    this.#next();
  }
}

/** One set for the whole process, as its memory and its processors are one. */
export const evaluators = new Evaluators();
