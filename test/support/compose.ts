import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';

/** A service of a compose file. */
export interface ComposeService {
  readonly image: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly stop_grace_period?: string;
  readonly [key: string]: unknown;
}

/** The services of `compose.yaml` in a folder. js-yaml does not resolve YAML's merge key. */
export function readServices(folder: string): Record<string, ComposeService> {
  const { services } = load(readFileSync(join(folder, 'compose.yaml'), 'utf8')) as {
    services: Record<string, ComposeService>;
  };
  return Object.fromEntries(
    Object.entries(services).map(([name, { '<<': merged, ...service }]) => [
      name,
      Object.assign({}, ...[merged ?? {}].flat(), service) as ComposeService,
    ]),
  );
}

/** The words of a command as the container sees them: Compose turns `$$` into one dollar. */
export function wordsOf(command: readonly string[]): string[] {
  return command.map((word) => word.replaceAll('$$', '$'));
}

/** Names of the lines in `.env.example`, each with a value that is long enough for a key. */
export function exampleVariables(folder: string): Record<string, string> {
  const lines = readFileSync(join(folder, '.env.example'), 'utf8').matchAll(/^(\w+)=/gm);
  return Object.fromEntries(
    [...lines].map(([, name]) => [name!, `value0of0${name!.replaceAll('_', '0')}0${'0'.repeat(32)}`]),
  );
}
