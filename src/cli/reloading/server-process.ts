import { type ChildProcess, spawn } from 'node:child_process';

/** A server that is still draining after this time gets a second signal, which stops it at once. */
const SECOND_SIGNAL_MS = 1500;
const KILL_MS = 4000;
/** Preloaded in the child, so that it exits when its parent is gone. */
const LEAVE_WITH_PARENT =
  'data:text/javascript,process.once("disconnect",()=>process.kill(process.pid,"SIGTERM"))';

/** A server in a child process that can be replaced. */
export class ServerProcess {
  #child: ChildProcess | undefined;

  /** @param onEnd called when the server exits without having been stopped */
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

  /** Resolves when the process has exited. */
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
