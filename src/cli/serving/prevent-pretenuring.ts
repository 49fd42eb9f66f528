import { setFlagsFromString } from 'node:v8';

/**
 * Disables V8's allocation site pretenuring, because all objects of a call are short-lived. V8 pretenures sites whose
 * objects survived during startup. Objects of later calls would then go to the old space, and each would keep its
 * whole call in memory until the next major collection. Measured without this: about one process in ten took 100 µs
 * of CPU time per call instead of 66, as long as it ran.
 *
 * Call this before the affected code is compiled.
 */
export function preventPretenuring(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
