import { type ChildProcess, spawn } from 'node:child_process';

/** A server that still drains after this long is told a second time, which ends it at once. */
const SECOND_SIGNAL_MS = 1500;
const KILL_MS = 4000;
/** Run in the child before anything else: without its parent it leaves too. */
const LEAVE_WITH_PARENT =
  'data:text/javascript,process.once("disconnect",()=>process.kill(process.pid,"SIGTERM"))';

/** A server in a process of its own, which can be replaced. */
export class ServerProcess {
  #child: ChildProcess | undefined;

  /** @param onEnd told when the server ended without having been stopped */
  constructor(
    private readonly script: string,
    private readonly words: readonly string[],
    private readonly onEnd: (how: string) => void,
  ) {}

  start(): void {
    const child = spawn(process.execPath, ['--import', LEAVE_WITH_PARENT, this.script, ...this.words], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    });
    this.#child = child;
    child.once('exit', (code, signal) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.onEnd(signal ?? `exit code ${code}`);
    });
  }

  /** Settles when the process has gone. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timers = [
      setTimeout(() => child.kill('SIGTERM'), SECOND_SIGNAL_MS),
      setTimeout(() => child.kill('SIGKILL'), KILL_MS),
    ];
    await gone;
    for (const timer of timers) clearTimeout(timer);
  }
}
