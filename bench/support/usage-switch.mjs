/**
 * Loaded into a gateway's process before its own code: switches there whether the store of usage is given the calls
 * themselves, or their sums alone, as without a store. Driven over IPC with `{ keepsCalls }`, which is sent back.
 */
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const file = join(dirname(process.argv[1]), 'usage/ledger/ledger-buffer.js');
const { LedgerBuffer } = await import(pathToFileURL(file).href);
const { add } = LedgerBuffer.prototype;
let isKeeping = true;
let wasKeeping = true;

LedgerBuffer.prototype.add = function (call, keepsCalls) {
  // A batch is of one kind.
  if (isKeeping !== wasKeeping) this.close();
  wasKeeping = isKeeping;
  return add.call(this, call, keepsCalls && isKeeping);
};

process.on('message', ({ keepsCalls }) => {
  isKeeping = keepsCalls;
  process.send({ keepsCalls });
});
