import { type IncomingMessage } from 'node:http';

/** How much of a refused upload is read and discarded before the connection is closed. */
export const MAX_DISCARD_BYTES = 1024 * 1024;
const MAX_DISCARD_MS = 1000;

/** Discards the upload until it ends, is too large or takes too long; then calls `done` once. */
export function discardUpload(req: IncomingMessage, done: () => void): void {
  let discarded = 0;
  const finish = (isComplete: boolean): void => {
    clearTimeout(timer);
    req.off('data', onData).off('end', onEnd).off('close', onClose);
    done();
    if (!isComplete) req.socket.destroySoon();
  };
  const onData = (chunk: Buffer): void => {
    discarded += chunk.length;
    if (discarded > MAX_DISCARD_BYTES) finish(false);
  };
  const onEnd = (): void => finish(true);
  const onClose = (): void => finish(true);
  const timer = setTimeout(finish, MAX_DISCARD_MS, false);
  req.on('data', onData).once('end', onEnd).once('close', onClose);
}
