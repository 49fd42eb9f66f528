import { getHeapStatistics } from 'node:v8';
import { EvaluatorProcess, type Outcome } from './evaluator-process.js';
import { EvaluatorQueue, type Owner, type WaitingJob } from './evaluator-queue.js';
import { type Task, taskFrames } from './evaluator-frames.js';

const MEGABYTE = 1024 * 1024;
const HEAP_MEGABYTES = getHeapStatistics().heap_size_limit / MEGABYTE;
/** Limit of processes; fewer on a machine with little memory. */
const MAX_PROCESSES = HEAP_MEGABYTES < 512 ? 2 : 3;
/** Size of the old generation of each. */
const EVALUATOR_MEGABYTES = Math.round(Math.min(256, Math.max(64, HEAP_MEGABYTES / 8)));
/** A client whose expressions take long leaves one process to the others. */
const MAX_PROCESSES_PER_OWNER = MAX_PROCESSES - 1;
/** An idle process ends after this time, except one if some expressions certainly need it. */
const IDLE_MS = 30_000;
/** Pause after a failed start before the next attempt. */
const RESTART_MS = 1000;

interface ProcessState {
  /** Owner of the running job. */
  owner: Owner | undefined;
  idle?: NodeJS.Timeout;
}

/** The processes for expressions that could take long, started on demand. */
class Evaluators {
  readonly #processes = new Map<EvaluatorProcess, ProcessState>();
  readonly #queue = new EvaluatorQueue();
  #keepsOne = false;
  #restartsAt = 0;

  /** Whether one process is started ahead of the first call, and kept. */
  keepOne(isNeeded: boolean): void {
    if (isNeeded === this.#keepsOne) return;
    this.#keepsOne = isNeeded;
    this.#keep();
    if (isNeeded) return;
    for (const [evaluator, state] of this.#processes)
      if (evaluator.isFree) this.#endWhenIdle(evaluator, state);
  }

  /**
   * @param inputs JSON of the input (empty if `task` has none) and of the attached values
   * @param owner owner of the job, for fairness
   * @returns one outcome per source
   */
  evaluate(task: Task, inputs: readonly Buffer[], owner: Owner): Promise<readonly Outcome[]> {
    return new Promise((onDone) => {
      const frames = taskFrames(task, inputs);
      const weight = frames.reduce((length, frame) => length + frame.length, 0);
      this.#queue.add({ frames, count: task.sources.length, owner, weight, onDone });
      this.#next();
      // The last start has just failed.
      if (this.#processes.size === 0) this.#queue.failAll('FAILED');
    });
  }

  /** Gives idle processes their next job, and starts more for waiting jobs. */
  #next(): void {
    let starting = 0;
    for (const [evaluator, state] of this.#processes) {
      if (!evaluator.hasStarted) starting += 1;
      if (!evaluator.isFree) continue;
      const job = this.#choose();
      if (job === undefined) return;
      this.#queue.take(job);
      clearTimeout(state.idle);
      state.owner = job.owner;
      evaluator.run(job);
    }
    const waiting = Math.min(this.#queue.length, MAX_PROCESSES_PER_OWNER);
    if (starting < waiting && this.#choose() !== undefined) this.#start();
  }

  #choose(): WaitingJob | undefined {
    if (this.#queue.length === 0) return undefined;
    return this.#queue.next((owner) => {
      let running = 0;
      for (const state of this.#processes.values()) if (state.owner === owner) running += 1;
      return running < MAX_PROCESSES_PER_OWNER;
    });
  }

  #start(): void {
    if (this.#processes.size >= MAX_PROCESSES || performance.now() < this.#restartsAt) return;
    try {
      const evaluator = new EvaluatorProcess(
        EVALUATOR_MEGABYTES,
        (idle) => this.#onIdle(idle),
        (ended) => this.#onEnd(ended),
      );
      this.#processes.set(evaluator, { owner: undefined });
    } catch {
      this.#onFailedStart();
    }
  }

  #onFailedStart(): void {
    this.#restartsAt = performance.now() + RESTART_MS;
    if (this.#processes.size === 0) this.#queue.failAll('FAILED');
    setTimeout(() => this.#keep(), RESTART_MS + 1).unref();
  }

  #onIdle(evaluator: EvaluatorProcess): void {
    const state = this.#processes.get(evaluator);
    if (state === undefined) return;
    state.owner = undefined;
    this.#queue.isServed = true;
    this.#next();
    if (evaluator.isFree) this.#endWhenIdle(evaluator, state);
  }

  #endWhenIdle(evaluator: EvaluatorProcess, state: ProcessState): void {
    clearTimeout(state.idle);
    state.idle = setTimeout(() => {
      if (!this.#keepsOne || this.#processes.size > 1) evaluator.end();
    }, IDLE_MS);
    state.idle.unref();
  }

  #onEnd(evaluator: EvaluatorProcess): void {
    const state = this.#processes.get(evaluator);
    clearTimeout(state?.idle);
    this.#processes.delete(evaluator);
    this.#queue.isServed = [...this.#processes.keys()].some(({ hasStarted }) => hasStarted);
    if (!evaluator.hasStarted) this.#onFailedStart();
    // A process that ended during its job will be needed again.
    if (state?.owner !== undefined) this.#start();
    this.#keep();
    this.#next();
  }

  #keep(): void {
    if (this.#keepsOne && this.#processes.size === 0) this.#start();
  }
}

/** One set for the whole process, because its memory and CPUs are shared. */
export const evaluators = new Evaluators();
