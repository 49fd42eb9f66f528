import { basename } from 'node:path';
import { plainText } from '../../telemetry/log/plain-text.js';
import { type CliArguments } from '../arguments.js';
import { type ImportedGateway, type Note } from '../importing/imported-gateway.js';
import { writeConfig } from '../importing/write-config.js';

/** How many models or keys a note names. */
const MOST_NAMES = 5;

/**
 * Writes the configuration of another gateway as YAML to stdout, and the parts that could not be
 * imported to stderr.
 * @returns exit code
 */
export async function runImport({ importFrom, importPath, keysPath }: CliArguments): Promise<number> {
  const path = importPath!;
  const gateway =
    importFrom === 'litellm'
      ? (await import('../importing/litellm/litellm.js')).importLiteLlm(path, keysPath)
      : await (await import('../importing/one-api/one-api.js')).importOneApi(path, importFrom === 'new-api');
  const { yaml, variables } = writeConfig(gateway, basename(path));
  process.stdout.write(yaml);
  process.stderr.write(plainText(report(gateway, variables)));
  return gateway.models.size === 0 ? 1 : 0;
}

function report(gateway: ImportedGateway, variables: readonly string[]): string {
  const services = [...gateway.models.values()].reduce((sum, model) => sum + model.services.length, 0);
  const lines = [
    `carried: ${count(gateway.models.size, 'model')} (${count(services, 'service')}), ${count(gateway.keys.length, 'key')}, ${count(gateway.teams.length, 'team')}`,
  ];
  if (variables.length > 0) lines.push(`to set before the start: ${variables.join(', ')}`);
  const { notes } = gateway;
  lines.push(notes.length === 0 ? 'everything was carried' : 'not carried, or changed:');
  return `${[...lines, ...byReason(notes).map(noteLine)].join('\n')}\n`;
}

/** Merges notes with the same reason and the same models. */
function byReason(notes: readonly Note[]): Note[] {
  const joined = new Map<string, Note>();
  for (const note of notes) {
    const key = `${note.why}\n${note.of.join('\n')}`;
    const known = joined.get(key);
    joined.set(key, known === undefined ? note : { ...known, what: `${known.what}, ${note.what}` });
  }
  return [...joined.values()];
}

function noteLine({ what, why, of }: Note): string {
  const shown = of.slice(0, MOST_NAMES).join(', ');
  const more = of.length > MOST_NAMES ? ` and ${of.length - MOST_NAMES} more` : '';
  return `  ${what}${of.length === 0 ? '' : ` (${shown}${more})`}: ${why}`;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
