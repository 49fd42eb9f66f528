// Says before `npm test` what will happen, and how long it takes.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const specs = ['src', 'test'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true }).filter((name) => /[.-]spec\.ts$/.test(name)),
);
process.stderr.write(
  `Builds, then runs ${specs.length} spec files, two at a time: 10 to 20 minutes on a quiet machine with two cores,
up to an hour on a busy one. No key and no network is needed; no gateway may run from this folder.
A few minutes: npm run test:unit. One file: npm run build && npx jest PATH.
A test that "waited in vain" ran out of time, on a slow machine for lack of it: run its file alone.
`,
);
