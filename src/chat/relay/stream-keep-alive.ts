import { type AnswerTarget } from './answer-target.js';

export const KEEP_ALIVE = ': keep-alive\n\n';

/** Sends a comment line while a stream is silent, because some proxies close idle connections. */
export class StreamKeepAlive {
  #timer: NodeJS.Timeout | undefined;
  #isPaused = false;

  /** @param seconds length of the silence before a comment; 0 = never */
  constructor(target: AnswerTarget, seconds: number) {
    if (seconds > 0) {
      this.#timer = setInterval(() => {
        // Comments for which there is no room would pile up.
        if (!this.#isPaused && !target.write(KEEP_ALIVE)) this.pause();
      }, seconds * 1000);
    }
  }

  /** Call this while the client's socket is full, when a comment would not help. */
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
