import { ClientStalledError } from '../errors/caller-errors.js';
import { Cancellation } from './cancellation.js';
import { type Drain } from './drain.js';
import { type CallRecord } from './call-record.js';

/** What a call needs to know of the response to its client. */
interface CallResponse {
  readonly req: { readonly complete: boolean };
  readonly record: CallRecord;
  /** The whole of it has left the process. */
  readonly hasLeft: boolean;
  /** Set for a response that is given up as soon as its client has sent its last byte (a half-closed connection). */
  endsWithClient: boolean;
  on(event: 'close', listener: () => void): unknown;
}

/**
 * Runs one call on behalf of a caller: it is cancelled when the caller leaves and when the process can wait no
 * longer, and the drain waits for it.
 */
export async function runCall(
  res: CallResponse,
  drain: Drain,
  work: (cancellation: Cancellation) => Promise<void>,
): Promise<void> {
  const cancellation = new Cancellation();
  // On the response, not the request: a request is closed as soon as its body was read. `on`, since it comes once.
  res.on('close', () => {
    if (res.hasLeft) return;
    const { error } = res.record;
    cancellation.leave(error instanceof ClientStalledError ? error : undefined);
  });
  res.endsWithClient = true;
  cancellation.upload = res.req;
  drain.begin(cancellation);
  try {
    await work(cancellation);
  } finally {
    drain.done(cancellation);
  }
}
