import {
  constructFromEvents,
  CORE_SCHEMA,
  EVENT_ID,
  type Event,
  mergeTag,
  parseEvents,
  YAMLException,
} from 'js-yaml';
import { ConfigError, type ConfigProblem } from '../config-error.js';
import { isMapping, valueKind } from './value-kind.js';
import { formatPath } from './yaml-path.js';
import { YamlPositions } from './yaml-positions.js';

const SCHEMA = CORE_SCHEMA.withTags(mergeTag);

/** A parsed YAML file: its top-level mapping and the line of each value. */
export interface YamlDocument {
  readonly value: Readonly<Record<string, unknown>>;
  readonly positions: YamlPositions;
  /** YAML errors after which the rest is still readable. */
  readonly faults: readonly ConfigProblem[];
}

/**
 * @param holds the expected top-level keys, for messages
 * @throws ConfigError unless the text is exactly one YAML document with a mapping
 */
export function parseYaml(source: string, file: string, holds = 'models and auth'): YamlDocument {
  const events = attempt(file, () => parseEvents(source, {}));
  const positions = new YamlPositions(source, events);
  const faults = positions.faults.map(({ offset, path, message }) => ({
    file,
    ...positions.placeOf(offset),
    path: formatPath(path),
    message,
  }));
  if (positions.faults.some((fault) => fault.isFatal)) throw new ConfigError(faults);
  const count = events.filter((event) => event.type === EVENT_ID.DOCUMENT).length;
  const value = attempt(file, () => construct(events, source));
  const problem = (message: string): ConfigProblem => ({ file, line: 1, column: 1, path: '', message });
  if (count > 1) throw new ConfigError([problem(`contains ${count} YAML documents, expected one`)]);
  if (value === undefined || value === null) {
    throw new ConfigError([problem(`the file is empty, expected a mapping with ${holds}`)]);
  }
  if (!isMapping(value)) {
    throw new ConfigError([problem(`expected a mapping with ${holds}, got ${valueKind(value)}`)]);
  }
  return { value, positions, faults };
}

function construct(events: Event[], source: string): unknown {
  // `json` accepts duplicate keys, which are already reported. The merge limit guards against untrusted files only.
  return constructFromEvents(events, { source, schema: SCHEMA, json: true, maxTotalMergeKeys: -1 })[0];
}

function attempt<Result>(file: string, parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const line = (error.mark?.line ?? 0) + 1;
    const column = (error.mark?.column ?? 0) + 1;
    // No cause: the exception contains the source, secrets included, and loggers print causes.
    throw new ConfigError([
      { file, line, column, path: '', message: `not valid YAML: ${safeReason(error.reason)}` },
    ]);
  }
}

/** js-yaml's reason without its excerpts from the file, which may contain an unquoted password. */
function safeReason(reason: string): string {
  if (/\btag\b/.test(reason)) return 'a value that begins with ! is a YAML tag; expected quotes around it';
  if (reason.startsWith('bad indentation')) {
    return `${reason}; a value that contains ": " or " #", or begins with a special character, needs quotes`;
  }
  if (reason.startsWith('missed comma')) return `${reason}; inside [ ] and { } a \${NAME} needs quotes`;
  return reason.replace(/"[^"]*"|<.*>|: .*$/gs, '…');
}
