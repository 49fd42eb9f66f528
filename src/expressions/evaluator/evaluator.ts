/**
 * A process that evaluates expressions for the gateway, one task at a time, and is killed from
 * outside when a task takes too long. A thread would not suffice: if an expression builds a text or
 * list that does not fit in the heap, V8 ends the whole process. Started by EvaluatorProcess; never
 * imported.
 */
import { writeSync } from 'node:fs';
import { setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import jsonata from 'jsonata';
import { REPORT, type Task, reportFrame, taskReader } from './evaluator-frames.js';
import { NO_LIMITS } from '../../protocol/scanning/json-scan.js';
import { parseLosslessJson, stringifyJson } from '../../protocol/json.js';
import { HOST_FUNCTIONS } from '../host-functions.js';
import { EXPRESSION_MS, EXPRESSION_WALL_MS, guardRails, largestOf, roundingCode } from '../limits.js';

/** Slow expressions leave the CPU to other calls. */
const NICE = 5;
/** Limit of compiled expressions: those of the current configuration and earlier ones. */
const MAX_COMPILED = 2000;
/** Ends this process if the gateway was killed while an endless expression runs here. */
const OUTLIVE_NOBODY = `
const { ppid } = process;
setInterval(() => { if (process.ppid !== ppid) process.kill(process.pid, 'SIGKILL'); }, 1000);`;

const compiled = new Map<string, jsonata.Expression>();
let startedAt = 0;
/** The maximum length of a text or result of the running task. */
let largest = 0;
let cpuAtStart = process.cpuUsage();

/**
 * The limit for the running expression in wall-clock milliseconds, as JSONata checks it. There is
 * none while the CPU was busy with other work, so that the expression has used less CPU time than
 * its limit; this holds up to `EXPRESSION_WALL_MS`.
 */
function allowedMs(): number {
  const wallMs = Date.now() - startedAt;
  if (wallMs <= EXPRESSION_MS || wallMs > EXPRESSION_WALL_MS) return EXPRESSION_MS;
  const { user, system } = process.cpuUsage(cpuAtStart);
  return (user + system) / 1000 > EXPRESSION_MS ? EXPRESSION_MS : Infinity;
}

function compile(source: string): jsonata.Expression {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const expression = jsonata(source, Object.defineProperty(guardRails(0), 'timeout', { get: allowedMs }));
  // JSONata finds its observer by these symbols.
  const onExit: unknown = Symbol.for('jsonata.__evaluate_exit');
  expression.assign(onExit as string, (_node: unknown, _input: unknown, _frame: unknown, value: unknown) => {
    if (typeof value === 'string' && value.length > largest) throw failure('TOO_LONG');
  });
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  compiled.set(source, expression);
  return expression;
}

async function run(task: Task, json: Buffer, givenBytes: number): Promise<void> {
  const bindings: Record<string, unknown> = { ...task.bindings };
  for (const name of task.functions) bindings[name] = HOST_FUNCTIONS[name];
  let end = json.length;
  for (const [name, length] of task.attached.toReversed()) {
    end -= length;
    bindings[name] = parse(json.subarray(end, end + length));
    if (bindings[name] !== undefined) continue;
    for (const _ of task.sources) report(REPORT.failed, Buffer.from('{"code":"UNREADABLE"}'));
    return;
  }
  const input = task.hasInput ? parse(json.subarray(0, end)) : undefined;
  if (task.hasInput && input === undefined) {
    report(REPORT.notJson);
    return;
  }
  largest = largestOf(givenBytes);
  for (const source of task.sources) {
    startedAt = Date.now();
    cpuAtStart = process.cpuUsage();
    report(REPORT.begun, Buffer.from(String((cpuAtStart.user + cpuAtStart.system) / 1000)));
    try {
      const value: unknown = await compile(source).evaluate(input, bindings);
      report(REPORT.result, jsonOf(value));
    } catch (error) {
      const { code = roundingCode(error) ?? 'unknown', position } = error as {
        code?: string;
        position?: number;
      };
      report(REPORT.failed, Buffer.from(JSON.stringify({ code, position })));
    }
  }
}

/**
 * @returns undefined for text that is not JSON, or that contains a number beyond the range of
 * doubles
 */
function parse(json: Buffer): unknown {
  try {
    return parseLosslessJson(json.toString(), NO_LIMITS);
  } catch {
    return undefined;
  }
}

function jsonOf(value: unknown): Buffer {
  if (isProcedure(value)) throw failure('NOT_JSON');
  let text: string | undefined;
  try {
    text = stringifyJson(value);
  } catch {
    throw failure('NOT_JSON');
  }
  const json = Buffer.from(text ?? '');
  if (json.length > largest) throw failure('TOO_LARGE');
  return json;
}

/** JSONata's own functions are objects. */
function isProcedure(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === 'function';
  return Object.hasOwn(value, '_jsonata_lambda') || Object.hasOwn(value, '_jsonata_function');
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Written at once, so that the gateway knows which expression ran if this process is killed. */
function report(kind: number, payload: Buffer = Buffer.alloc(0)): void {
  const frame = reportFrame(kind, payload);
  for (let written = 0; written < frame.length;) {
    try {
      written += writeSync(1, frame, written);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EAGAIN') process.exit();
    }
  }
}

// The gateway decides when this process ends, because a terminal sends its signals to both.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
try {
  setPriority(NICE);
} catch {
  // Not permitted on every system.
}
const read = taskReader((task, input, bytes) => void run(task, input, bytes));
process.stdin.on('data', read);
process.stdin.on('close', () => process.exit());
report(REPORT.ready);
new Worker(OUTLIVE_NOBODY, { eval: true }).unref();
