import { run } from './cli/run.js';

// The reader of the output has exited, as `head` does.
process.stdout.on('error', () => process.exit(0));
process.stderr.on('error', () => undefined);

const code = await run(process.argv.slice(2));
// Waits until a slow pipe has taken all output.
process.stdout.write('', () => process.exit(code));
