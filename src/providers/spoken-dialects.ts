import { type ConfigReport } from '../config/rules/config-report.js';
import { type ModelConfig } from '../config/model.config.js';
import { type WireFormat } from '../dialects/ports/wire-format.js';
import { UPSTREAM_DIALECTS } from '../dialects/upstream-dialects.js';

/** The wire formats of a service: those of `speaks:`, or the defaults of its type. */
export function spokenBy({ speaks }: ModelConfig, usual: readonly WireFormat[]): readonly WireFormat[] {
  return speaks === undefined
    ? usual
    : speaks.flatMap((spoken) => UPSTREAM_DIALECTS.filter(({ name }) => name === spoken));
}

/** Reports an empty `speaks:`, and names in it that are not wire formats. */
export function checkSpoken({ speaks }: ModelConfig, report: ConfigReport): void {
  if (Array.isArray(speaks) && speaks.length === 0)
    report.problem('speaks', 'is empty; expected at least one wire format');
  const known = [...new Set(UPSTREAM_DIALECTS.map(({ name }) => name))];
  for (const name of Array.isArray(speaks) ? speaks : []) {
    if (!known.includes(name))
      report.problem('speaks', `has '${name}'; expected some of: ${known.join(', ')}`);
  }
}
