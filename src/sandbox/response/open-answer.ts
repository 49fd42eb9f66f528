import { type OutgoingHttpHeaders, type ServerResponse } from 'node:http';

/**
 * A response that takes its time: it waits for slow readers, can be paused, and notices when the
 * client disconnects. Every wait ends with the connection.
 */
export class OpenAnswer {
  private isClosed = false;
  private isEndedByUs = false;
  private readonly wakers = new Set<() => void>();

  /**
   * @param onClose called once, with whether the client disconnected before the response was
   * complete
   */
  constructor(
    private readonly response: ServerResponse,
    onClose: (leftEarly: boolean) => void,
  ) {
    response.once('close', () => {
      this.isClosed = true;
      const wakers = [...this.wakers];
      this.wakers.clear();
      for (const wake of wakers) wake();
      onClose(!this.isEndedByUs);
    });
    // A client that resets the connection is an event to observe, not a failure of the sandbox.
    response.on('error', () => undefined);
  }

  get closed(): boolean {
    return this.isClosed;
  }

  head(status: number, headers: OutgoingHttpHeaders): void {
    if (!this.isClosed) this.response.writeHead(status, headers);
  }

  /** Sends the headers before there is a body. */
  flushHead(): void {
    if (!this.isClosed) this.response.flushHeaders();
  }

  /** Writes, and waits while the client's socket is full. */
  async write(bytes: string | Uint8Array): Promise<void> {
    if (this.isClosed || this.response.write(bytes)) return;
    await this.until((wake) => {
      this.response.once('drain', wake);
      return () => this.response.off('drain', wake);
    });
  }

  /** Writes, and waits until the bytes have been sent, so that later ones cannot overtake them. */
  async writeThrough(bytes: string | Uint8Array): Promise<void> {
    if (this.isClosed) return;
    await this.until((wake) => {
      this.response.write(bytes, wake);
      return () => undefined;
    });
  }

  end(bytes?: string | Uint8Array): void {
    this.isEndedByUs = true;
    if (this.isClosed) return;
    if (bytes === undefined) this.response.end();
    else this.response.end(bytes);
  }

  /** Waits; returns early when the connection closes. */
  pause(ms: number): Promise<void> {
    return this.until((wake) => {
      const timer = setTimeout(wake, ms);
      return () => clearTimeout(timer);
    });
  }

  /** Sends everything written so far as a separate packet. */
  breathe(): Promise<void> {
    return this.until((wake) => {
      const turn = setImmediate(wake);
      return () => clearImmediate(turn);
    });
  }

  /** Stays open until the client disconnects. */
  hang(): Promise<void> {
    return this.until(() => () => undefined);
  }

  /** Ends the connection in the middle of the response. */
  drop(): void {
    this.isEndedByUs = true;
    this.response.destroy();
  }

  /** Resets the connection, like a service that is not running. */
  reset(): void {
    this.isEndedByUs = true;
    const { socket } = this.response;
    if (socket === null) this.response.destroy();
    else socket.resetAndDestroy();
  }

  /** Closes the connection after the response, despite keep-alive. */
  closeConnectionAfterwards(): void {
    const { socket } = this.response;
    this.response.once('finish', () => socket?.end());
  }

  private until(arm: (wake: () => void) => () => void): Promise<void> {
    if (this.isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      let disarm: () => void = () => undefined;
      const wake = (): void => {
        this.wakers.delete(wake);
        disarm();
        resolve();
      };
      this.wakers.add(wake);
      disarm = arm(wake);
    });
  }
}
