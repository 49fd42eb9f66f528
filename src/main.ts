import { run } from './cli/run.js';

process.stdout.on('error', endWithoutOutput);
process.stderr.on('error', () => undefined);

const code = await run(process.argv.slice(2));
// Waits until a slow pipe has taken all output.
process.stdout.write('', () => {
  const lost = process.stdout.errored;
  if (lost !== null) endWithoutOutput(lost);
  process.exit(code);
});

function endWithoutOutput(error: NodeJS.ErrnoException): never {
  // The reader of the output has exited, as `head` does.
  if (error.code === 'EPIPE') process.exit(0);
  // The output is incomplete, for example because the disk is full.
  process.stderr.write(`llm-gateway: the output cannot be written (${error.message})\n`);
  process.exit(1);
}
