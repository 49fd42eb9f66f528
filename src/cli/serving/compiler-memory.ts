import { setFlagsFromString } from 'node:v8';

/**
 * Lets V8 compile WebAssembly without unrolling its loops. The parser of responses is WebAssembly
 * (undici's llhttp), which V8 optimizes at about the fifth response of a process. With its many
 * loops unrolled, that took 36 MB of memory for a tenth of a second; without, it takes 26 MB. The
 * code is slower by less than 0.1 µs per response.
 *
 * Call this before the first response.
 */
export function limitCompilerMemory(): void {
  setFlagsFromString('--no-wasm-loop-unrolling');
}
