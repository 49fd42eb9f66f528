import { type AnswerTarget } from './answer-target.js';

export const KEEP_ALIVE = ': keep-alive\n\n';

/** Sends a comment line while a stream is silent, for proxies that close what seems dead. */
export class StreamKeepAlive {
  #timer: NodeJS.Timeout | undefined;
  #isPaused = false;

  /** @param seconds of silence before a comment; 0 = never */
  constructor(target: AnswerTarget, seconds: number) {
    if (seconds > 0) {
      this.#timer = setInterval(() => {
        // Comments that do not fit would pile up.
        if (!this.#isPaused && !target.write(KEEP_ALIVE)) this.pause();
      }, seconds * 1000);
    }
  }

  /** The caller's socket is full: it is not silence that it suffers from. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#timer?.refresh();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
