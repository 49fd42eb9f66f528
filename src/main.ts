import { run } from './cli/run.js';

// Whoever read our output has gone, as `head` does: there is nobody left to write for.
process.stdout.on('error', () => process.exit(0));
process.stderr.on('error', () => undefined);

const code = await run(process.argv.slice(2));
// A pipe may take its time.
process.stdout.write('', () => process.exit(code));
