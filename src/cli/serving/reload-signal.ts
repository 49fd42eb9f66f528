import { closeSync, openSync } from 'node:fs';

/**
 * SIGHUP, heard from the moment this is made. It means "read the configuration again", but for a process whose
 * terminal was closed, which the system tells by the same signal.
 */
export class ReloadSignal {
  readonly #hadTerminal = hasTerminal();
  #isPending = false;
  #onReload: (() => void) | undefined;

  constructor() {
    process.on('SIGHUP', () => {
      if (this.#hadTerminal && !hasTerminal()) endAsByDefault();
      else if (this.#onReload === undefined) this.#isPending = true;
      else this.#onReload();
    });
  }

  /** From now on `reload` is called; at once if the signal has come already. */
  listen(reload: () => void): void {
    this.#onReload = reload;
    if (this.#isPending) reload();
  }
}

/** Not by a drain: Node crashes (SIGSEGV, 20.19) when it exits with a terminal that is gone. */
function endAsByDefault(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}

/** Whether somebody at a terminal, one that is still there, is in control of this process. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
