import { closeSync, openSync } from 'node:fs';

/**
 * Handles SIGHUP from construction on. The signal requests a reload. A process whose terminal was
 * closed receives the same signal, and ends.
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

  /** Calls `reload` on each signal; at once if one has already arrived. */
  listen(reload: () => void): void {
    this.#onReload = reload;
    if (this.#isPending) reload();
  }
}

/**
 * Ends the process by the signal, without a drain: Node 20.19 crashes (SIGSEGV) when it exits by
 * itself after its terminal has closed.
 */
function endAsByDefault(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}

/** Whether this process has a controlling terminal that is still open. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
