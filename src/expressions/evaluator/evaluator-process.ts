import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Socket } from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REPORT, reportReader } from './evaluator-frames.js';
import { EXPRESSION_MS, EXPRESSION_WALL_MS } from '../limits.js';

/** Time beyond an expression's limit within which the evaluator itself should stop it. */
const MARGIN_MS = 150;
/** Extra time for sending, reading and writing, which is not the expression's own. */
const MS_PER_MEGABYTE = 100;
/**
 * A start takes 0.2 s of CPU time: seconds in a container with a tenth of a CPU, or on a busy
 * machine.
 */
const MAX_START_MS = 30_000;
/** Semi-space of the young generation: room for the values that survive a garbage collection. */
const YOUNG_GENERATION_MB = 8;

/** The result of one expression, or the code of its failure. */
export type Outcome = { readonly json: Buffer } | { readonly code: string; readonly position?: number };

/** Several expressions on one input, evaluated together. */
export interface EvaluatorJob {
  readonly frames: readonly Buffer[];
  /** Length of all frames, in bytes. */
  readonly weight: number;
  readonly count: number;
  /** Called once, with `count` outcomes. */
  readonly onDone: (outcomes: readonly Outcome[]) => void;
}

/** A process that evaluates one job at a time, and is killed when a job takes too long. */
export class EvaluatorProcess {
  hasStarted = false;
  readonly #child: ChildProcess;
  /** Undefined, like the output, if the gateway has no file descriptor left for a pipe. */
  readonly #input: Socket | undefined;
  readonly #output: Socket | undefined;
  #job: EvaluatorJob | undefined;
  #outcomes: Outcome[] = [];
  #clock: NodeJS.Timeout | undefined;
  #limitMs = 0;
  #wallMs = 0;
  #stepStartedAt = 0;
  /** CPU time when the step began; undefined while unknown. */
  #cpuMsAtBegin: number | undefined;
  #chunkCount = 0;
  #isOver = false;

  /**
   * @param heapMegabytes size of the old generation
   * @param onIdle called after the start and after each job
   * @param onEnd called when the process has ended and its job is settled
   * @throws Error if the system has no memory for a process
   */
  constructor(
    heapMegabytes: number,
    private readonly onIdle: (evaluator: EvaluatorProcess) => void,
    private readonly onEnd: (evaluator: EvaluatorProcess) => void,
  ) {
    this.#child = spawn(
      process.execPath,
      [
        `--max-old-space-size=${heapMegabytes}`,
        `--max-semi-space-size=${YOUNG_GENERATION_MB}`,
        evaluatorFile(),
      ],
      // An empty environment, because the gateway's contains credentials and options meant only for
      // itself.
      { stdio: ['pipe', 'pipe', 'ignore'], env: {} },
    );
    this.#input = this.#child.stdin as Socket | undefined;
    this.#output = this.#child.stdout as Socket | undefined;
    const reports = reportReader((kind, payload) => this.#onReport(kind, payload));
    this.#output?.on('data', (chunk: Buffer) => {
      this.#chunkCount += 1;
      reports(chunk);
    });
    for (const part of [this.#child, this.#input, this.#output]) part?.on('error', () => this.#end('FAILED'));
    // V8 ends the process when it runs out of memory.
    this.#child.on('close', () => this.#end('MEMORY'));
    this.#clock = setTimeout(() => this.#end('FAILED'), MAX_START_MS);
    this.#clock.unref();
    this.#hold(false);
  }

  get isFree(): boolean {
    return this.hasStarted && this.#job === undefined && !this.#isOver;
  }

  run(job: EvaluatorJob): void {
    this.#job = job;
    this.#outcomes = [];
    this.#hold(true);
    this.#startStep(undefined, (MS_PER_MEGABYTE * job.weight) / (1024 * 1024));
    for (const frame of job.frames) if (frame.length > 0) this.#input?.write(frame);
  }

  /** Kills the process. A running job fails. */
  end(): void {
    this.#end('FAILED');
  }

  #onReport(kind: number, payload: Buffer): void {
    if (this.#isOver) return;
    switch (kind) {
      case REPORT.ready:
        clearTimeout(this.#clock);
        this.hasStarted = true;
        this.onIdle(this);
        return;
      case REPORT.begun:
        this.#startStep(Number(payload.toString()), 0);
        return;
      case REPORT.result:
        this.#add({ json: payload });
        return;
      case REPORT.failed:
        this.#add(JSON.parse(payload.toString()) as Outcome);
        return;
      case REPORT.notJson:
        this.#finish('NOT_JSON_INPUT');
    }
  }

  #add(outcome: Outcome): void {
    this.#outcomes.push(outcome);
    if (this.#outcomes.length < this.#job!.count) this.#startStep(undefined, 0);
    else this.#finish('');
  }

  /** @param code for the expressions without an outcome */
  #finish(code: string): void {
    clearTimeout(this.#clock);
    this.#hold(false);
    this.#settle(code);
    this.onIdle(this);
  }

  #settle(code: string): void {
    const job = this.#job;
    if (job === undefined) return;
    this.#job = undefined;
    while (this.#outcomes.length < job.count) this.#outcomes.push({ code });
    job.onDone(this.#outcomes);
  }

  /** @param cpuMs the CPU time of the process so far; undefined while it only reads and writes */
  #startStep(cpuMs: number | undefined, moreMs: number): void {
    clearTimeout(this.#clock);
    this.#cpuMsAtBegin = cpuMs;
    this.#limitMs = EXPRESSION_MS + MARGIN_MS + moreMs;
    this.#wallMs = EXPRESSION_WALL_MS + MARGIN_MS + moreMs;
    this.#stepStartedAt = performance.now();
    this.#clock = setTimeout(() => this.#onClock(), this.#limitMs);
  }

  /** CPU time counts if the system reports it; a wall-clock limit applies in any case. */
  #onClock(): void {
    const leftMs = this.#wallMs - (performance.now() - this.#stepStartedAt);
    const missingMs =
      this.#cpuMsAtBegin === undefined
        ? leftMs
        : this.#limitMs - (cpuMsOf(this.#child.pid) - this.#cpuMsAtBegin);
    if (leftMs > 0 && missingMs > MARGIN_MS) {
      this.#clock = setTimeout(() => this.#onClock(), Math.min(leftMs, missingMs));
      return;
    }
    // If this thread was late, the result may have arrived already, so it is read first.
    const seen = this.#chunkCount;
    this.#clock = setTimeout(() => {
      if (this.#chunkCount === seen) this.#end('D1012');
      else this.#clock = setTimeout(() => this.#onClock(), MARGIN_MS);
    }, 1);
  }

  #end(code: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#clock);
    this.#child.kill('SIGKILL');
    this.#input?.destroy();
    this.#output?.destroy();
    this.#hold(false);
    this.#settle(code);
    this.onEnd(this);
  }

  /** An idle process must not keep the gateway or a command running. */
  #hold(holds: boolean): void {
    for (const part of [this.#child, this.#input, this.#output])
      if (holds) part?.ref();
      else part?.unref();
  }
}

/**
 * CPU time of all its threads.
 * @returns NaN if the system has no /proc
 */
function cpuMsOf(pid: number | undefined): number {
  try {
    // After the command's name in brackets: fields 3 to 52, two of which count hundredths of a
    // second.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return Number.NaN;
  }
}

/**
 * Node does not run TypeScript, so the built file is used when running from source, as tests do.
 */
function evaluatorFile(): string {
  const here = fileURLToPath(import.meta.url);
  return here.endsWith('.ts')
    ? resolve(here, '../../../../dist/expressions/evaluator/evaluator.js')
    : resolve(here, '../evaluator.js');
}
