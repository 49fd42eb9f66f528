import { run } from './cli/run.js';

process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  // The reader of the output has exited, as `head` does.
  if (code === 'EPIPE') process.exit(0);
  // A full disk, for one: what was written is not whole.
  process.stderr.write(`llm-gateway: the output cannot be written (${message})\n`);
  process.exit(1);
});
process.stderr.on('error', () => undefined);

const code = await run(process.argv.slice(2));
// Waits until a slow pipe has taken all output.
process.stdout.write('', () => process.exit(code));
