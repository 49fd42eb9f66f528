import { type ConfigReport } from '../config/rules/config-report.js';
import { type ModelConfig } from '../config/model.config.js';
import { type WireFormat } from '../dialects/ports/wire-format.js';
import { UPSTREAM_DIALECTS } from '../dialects/upstream-dialects.js';

/** The wire formats of a service: those of `speaks:`, or those that its type has by default. */
export function spokenBy({ speaks }: ModelConfig, usual: readonly WireFormat[]): readonly WireFormat[] {
  return speaks === undefined
    ? usual
    : speaks.flatMap((spoken) => UPSTREAM_DIALECTS.filter(({ name }) => name === spoken));
}

/** Reports names in `speaks:` that no wire format has, and an empty list. */
export function checkSpoken({ speaks }: ModelConfig, report: ConfigReport): void {
  if (Array.isArray(speaks) && speaks.length === 0)
    report.problem('speaks', 'is empty; expected at least one wire format');
  const known = [...new Set(UPSTREAM_DIALECTS.map(({ name }) => name))];
  for (const name of Array.isArray(speaks) ? speaks : []) {
    if (!known.includes(name))
      report.problem('speaks', `has '${name}'; expected some of: ${known.join(', ')}`);
  }
}
