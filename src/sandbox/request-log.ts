import { type IncomingHttpHeaders } from 'node:http';

/** A request as it arrived. */
export interface RecordedRequest {
  readonly method: string;
  /** With the query string. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Large requests are dropped before `limit` is reached, so that large trials do not fill the
 * memory.
 */
const MAX_BYTES = 64 * 1024 * 1024;

/** The latest requests, oldest first. */
export class RequestLog {
  readonly entries: RecordedRequest[] = [];
  private bytes = 0;

  /** @param limit number of requests to keep; 0 keeps none */
  constructor(private readonly limit: number) {}

  get isOn(): boolean {
    return this.limit > 0;
  }

  add(request: RecordedRequest): void {
    this.entries.push(request);
    this.bytes += request.body.length;
    while (this.entries.length > this.limit || (this.bytes > MAX_BYTES && this.entries.length > 1)) {
      this.bytes -= this.entries.shift()?.body.length ?? 0;
    }
  }
}
