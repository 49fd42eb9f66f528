import { ConfigError } from '../../config/loading/config-error.js';
import { readFailure, readText } from '../../config/loading/config-file.js';
import { suggestion } from '../../config/loading/did-you-mean.js';
import { parseYaml } from '../../config/loading/yaml/yaml-document.js';
import { formatPath } from '../../config/loading/yaml/yaml-path.js';
import { FaultFormatError, type FaultScript, parseFaultScript } from '../../sandbox/faults/fault-parser.js';

/**
 * Reads a YAML file that describes faults of the sandbox.
 * @throws ConfigError that lists every problem with its line
 */
export function readFaults(file: string): FaultScript {
  const { value, positions, faults } = parseYaml(textOf(file), file, 'faults');
  if (faults.length > 0) throw new ConfigError(faults);
  try {
    return parseFaultScript(value);
  } catch (error) {
    if (!(error instanceof FaultFormatError)) throw error;
    const problems = error.problems.map(({ path, message, known }) => ({
      file,
      line: positions.lineAt(path),
      path: formatPath(path),
      message: known === undefined ? message : `${message}, ${suggestion(known.word, known.words)}`,
    }));
    throw new ConfigError(problems.toSorted((a, b) => a.line - b.line));
  }
}

function textOf(file: string): string {
  try {
    return readText(file);
  } catch (error) {
    throw new ConfigError(
      [{ file, path: '', message: `cannot load the faults: ${readFailure(error)}` }],
      error,
    );
  }
}
