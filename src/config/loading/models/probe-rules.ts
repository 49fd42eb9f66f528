import { type ConfigReport, type ModelConfig } from '../../model.config.js';
import { isMapping } from '../yaml/value-kind.js';

/** `probe: chat` is short for `probe: { kind: chat }`. */
export function expandProbe(entry: Record<string, unknown>): Record<string, unknown> {
  const { probe } = entry;
  return typeof probe === 'string' ? { ...entry, probe: { kind: probe } } : entry;
}

/** The fields of a probe must fit its kind, and the kind must fit the model. */
export function checkProbe({ probe, logsIn }: ModelConfig, report: ConfigReport): void {
  if (!isMapping(probe)) return;
  const { kind } = probe;
  if (kind === 'login' && !logsIn) {
    report.problem('probe.kind', 'this model has no login, expected another kind');
  }
  for (const [key, owner] of [
    ['path', 'http'],
    ['message', 'chat'],
  ] as const) {
    if (probe[key] !== undefined && kind !== owner) {
      report.warning(`probe.${key}`, `has no effect: only a probe of the kind ${owner} has it`);
    }
  }
}
