import { join } from 'node:path';
import { TestEnvironment } from 'jest-environment-node';

/** Under `--coverage`, the programs that tests start record what they ran, in addition to jest's own report. */
export default class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    const { collectCoverage, coverageDirectory } = config.globalConfig;
    // Node passes this variable to every process it starts, whatever environment a test gives it. It is set
    // here, after the start, so that jest's own process is not counted twice.
    if (collectCoverage) process.env.NODE_V8_COVERAGE = join(coverageDirectory, 'processes');
  }
}
