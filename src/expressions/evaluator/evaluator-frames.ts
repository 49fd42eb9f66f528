import { parseLosslessJson, stringifyJson } from '../../protocol/json.js';
import { NO_LIMITS } from '../../protocol/scanning/json-scan.js';

/** A task for an evaluator: several expressions on one input. */
export interface Task {
  readonly sources: readonly string[];
  /** The values of `$names`, except functions. */
  readonly bindings: Readonly<Record<string, unknown>>;
  /** Names that refer to the host function of the same name. */
  readonly functions: readonly string[];
  /** False if there is no input, which JSON cannot express. */
  readonly hasInput: boolean;
  /** Additional `$names`, whose JSON follows that of the input, with lengths in bytes. */
  readonly attached: readonly (readonly [name: string, length: number])[];
}

/** The reports of an evaluator, one per frame. */
export const REPORT = {
  /** The process has started and waits for its first task. */
  ready: 0,
  /** The input was parsed and the next expression begins; contains the CPU milliseconds so far. */
  begun: 1,
  /** The JSON of a result; empty if the expression found nothing. */
  result: 2,
  /** `{code, position}` of a failed expression. */
  failed: 3,
  /** The input is not JSON: nothing was evaluated. */
  notJson: 4,
} as const;

const TASK_HEAD = 8;
const REPORT_HEAD = 5;

/** Two lengths, the task as JSON, and the unchanged bytes of the input and of the attached values. */
export function taskFrames(task: Task, inputs: readonly Buffer[]): Buffer[] {
  const text = Buffer.from(stringifyJson(task));
  const head = Buffer.allocUnsafe(TASK_HEAD + text.length);
  head.writeUInt32LE(text.length, 0);
  head.writeUInt32LE(
    inputs.reduce((length, input) => length + input.length, 0),
    4,
  );
  text.copy(head, TASK_HEAD);
  return [head, ...inputs];
}

/** One byte for the kind, a length, and that many bytes. */
export function reportFrame(kind: number, payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(REPORT_HEAD + payload.length);
  frame[0] = kind;
  frame.writeUInt32LE(payload.length, 1);
  payload.copy(frame, REPORT_HEAD);
  return frame;
}

/** Reassembles frames from chunks of a pipe, which may be cut anywhere. */
class FrameReader {
  readonly #chunks: Buffer[] = [];
  #length = 0;

  constructor(
    private readonly headLength: number,
    private readonly lengthOf: (head: Buffer) => number,
    private readonly onFrame: (frame: Buffer) => void,
  ) {}

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    for (;;) {
      if (this.#length < this.headLength) return;
      if (this.#chunks[0]!.length < this.headLength) this.#join();
      const length = this.headLength + this.lengthOf(this.#chunks[0]!);
      if (this.#length < length) return;
      const all = this.#join();
      this.#chunks.length = 0;
      this.#length = all.length - length;
      if (this.#length > 0) this.#chunks.push(all.subarray(length));
      this.onFrame(all.subarray(0, length));
    }
  }

  #join(): Buffer {
    if (this.#chunks.length > 1) this.#chunks.splice(0, Infinity, Buffer.concat(this.#chunks, this.#length));
    return this.#chunks[0]!;
  }
}

/** @param onTask `input`: all bytes after the task; `bytes`: the length of both */
export function taskReader(
  onTask: (task: Task, input: Buffer, bytes: number) => void,
): (chunk: Buffer) => void {
  const reader = new FrameReader(
    TASK_HEAD,
    (head) => head.readUInt32LE(0) + head.readUInt32LE(4),
    (frame) => {
      const inputAt = TASK_HEAD + frame.readUInt32LE(0);
      onTask(
        parseLosslessJson(frame.toString('utf8', TASK_HEAD, inputAt), NO_LIMITS) as Task,
        frame.subarray(inputAt),
        frame.length,
      );
    },
  );
  return (chunk) => reader.push(chunk);
}

export function reportReader(onReport: (kind: number, payload: Buffer) => void): (chunk: Buffer) => void {
  const reader = new FrameReader(
    REPORT_HEAD,
    (head) => head.readUInt32LE(1),
    (frame) => onReport(frame[0]!, frame.subarray(REPORT_HEAD)),
  );
  return (chunk) => reader.push(chunk);
}
